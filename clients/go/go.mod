module github.com/macie-broker/macie-broker/clients/go

go 1.19
