module ask

go 1.19

require github.com/macie-broker/macie-broker/clients/go v0.0.0

replace github.com/macie-broker/macie-broker/clients/go => ../../../clients/go
