import AWSRuntime
import JSONText
import TestSupport
import Testing

@Suite struct EndpointTests {
    @Test func `the official endpoint cases of Macie2 all resolve`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("macie2-endpoint-tests.json")
        let cases = try #require(JSONValue(parsing: bytes, rules: .lenientAWS)["testCases"]?.array)
        var right = 0
        for row in cases {
            let parameters = row["params"] ?? [:]
            let request = EndpointRequest(
                endpointPrefix: "macie2", region: parameters["Region"]?.string.flatMap { Region($0) },
                useFIPS: parameters["UseFIPS"]?.bool ?? false, useDualStack: parameters["UseDualStack"]?.bool ?? false,
                custom: parameters["Endpoint"]?.string)
            let expected = row["expect"]?["endpoint"]?["url"]?.string ?? row["expect"]?["error"]?.string
            let isRight = Self.outcome(of: request) == expected
            #expect(isRight, "\(row.text): \(Self.outcome(of: request))")
            right += isRight ? 1 : 0
        }
        print("endpoint cases \(right)/\(cases.count)")
        #expect(cases.count == 44)
    }

    @Test func `every region resolves as botocore resolves it, with FIPS and dual stack and without`() throws {
        guard ReferenceData.require() != nil else { return }
        let rows = try ReferenceData.jsonLines("macie2-endpoint-matrix.jsonl")
        var right = 0
        for row in rows {
            let region = try #require(row["region"]?.string.flatMap { Region($0) })
            let request = EndpointRequest(
                endpointPrefix: "macie2", region: region, useFIPS: row["useFIPS"]?.bool == true,
                useDualStack: row["useDualStack"]?.bool == true)
            let isRight =
                Self.outcome(of: request) == row["expect"]?["url"]?.string
                && Partition(of: region).rawValue == row["partition"]?.string
            #expect(isRight, "\(row.text)")
            right += isRight ? 1 : 0
        }
        print("endpoint matrix \(right)/\(rows.count)")
        #expect(rows.count == 216)
    }

    @Test func `the partitions are those of the SDKs' file, with every region it lists`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("endpoints-extra/partitions.json")
        let partitions = try #require(JSONValue(parsing: bytes, rules: .lenientAWS)["partitions"]?.array)
        #expect(Set(partitions.compactMap { $0["id"]?.string }) == Set(Partition.allCases.map(\.rawValue)))
        for entry in partitions {
            let partition = try #require(entry["id"]?.string.flatMap { Partition(rawValue: $0) })
            #expect(entry["outputs"]?["dnsSuffix"]?.string == partition.dnsSuffix)
            #expect(entry["outputs"]?["dualStackDnsSuffix"]?.string == partition.dualStackDNSSuffix)
            for member in try #require(entry["regions"]?.object).members {
                let region = try #require(Region(member.name))
                #expect(Partition(of: region) == partition, "\(region)")
            }
        }
    }

    @Test(arguments: [
        ("us-east-10", Partition.aws), ("cn-north-5", .china), ("us-gov-east-9", .govCloud), ("us-iso-x-1", .iso),
        ("us-isob-x-1", .isoB), ("eu-isoe-x-1", .isoE), ("us-isof-x-1", .isoF), ("eusc-de-x-1", .europeanSovereign),
        ("mars-global", .aws), ("cn-north", .aws), ("us-gov-east-1a", .aws), ("eusc-fr-x-1", .aws), ("cn--1", .aws),
        ("aws-eusc-global", .aws),
    ])
    func `a region that nobody lists belongs to the partition whose pattern it fits, else to aws`(
        name: String, partition: Partition
    ) throws {
        #expect(Partition(of: try #require(Region(name))) == partition)
    }

    @Test(arguments: [
        "", "us-east-1\n", "US-EAST-1", "us_east_1", "-us", "us-", "1us", "us.east", "us east", "éu-west-1",
        String(repeating: "a", count: 64), "us-east-1/..", "a\0b",
    ])
    func `a region that is no host label is none`(name: String) { #expect(Region(name) == nil) }

    @Test(arguments: ["http://example.com", "http://127.0.0.1.example.com", "http://10.0.0.1:80", "http://[::2]"])
    func `plain http leaves the host only when the configuration says so`(custom: String) throws {
        var request = EndpointRequest(endpointPrefix: "macie2", region: nil, custom: custom)
        let url = try EndpointURL(parsing: custom)
        #expect(throws: EndpointFailure.insecure(url)) { try request.resolved() }
        #expect(EndpointFailure.insecure(url).description.contains("allowInsecureEndpoint: true"))
        request.allowInsecureEndpoint = true
        #expect(try request.resolved() == url)
    }

    @Test(arguments: [
        "http://127.0.0.1:5000", "http://127.9.8.7", "http://[::1]:80", "http://localhost", "http://LOCALHOST:1/x",
    ])
    func `plain http to loopback needs no permission`(custom: String) throws {
        let request = EndpointRequest(endpointPrefix: "macie2", region: nil, custom: custom)
        #expect(try request.resolved().isLoopback)
    }

    @Test func `no region and no endpoint is an error`() {
        let request = EndpointRequest(endpointPrefix: "macie2", region: nil)
        #expect(throws: EndpointFailure.missingRegion) { try request.resolved() }
    }

    private static func outcome(of request: EndpointRequest) -> String {
        do {
            return try request.resolved().description
        } catch {
            return error.description
        }
    }
}
