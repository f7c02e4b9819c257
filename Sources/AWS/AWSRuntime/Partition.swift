/// A group of regions with its own accounts and its own DNS names.
///
/// The table is the SDKs' partitions file, version 1.1, except for the regions themselves: every region it lists is
/// matched by its partition's pattern, save the pseudo-regions such as `aws-global`.
package enum Partition: String, Sendable, CaseIterable {
    case aws = "aws"
    case china = "aws-cn"
    case europeanSovereign = "aws-eusc"
    case iso = "aws-iso"
    case isoB = "aws-iso-b"
    case isoE = "aws-iso-e"
    case isoF = "aws-iso-f"
    case govCloud = "aws-us-gov"

    /// The partition of a region: by its pseudo-region's exact name, else by its pattern, else `aws`.
    package init(of region: Region) {
        self =
            Self.allCases.first { "\($0.rawValue)-global" == region.name && $0 != .europeanSovereign }
            ?? Self.allCases.first { $0.matches(region) } ?? .aws
    }

    package var dnsSuffix: String {
        switch self {
        case .aws, .govCloud: "amazonaws.com"
        case .china: "amazonaws.com.cn"
        case .europeanSovereign: "amazonaws.eu"
        case .iso: "c2s.ic.gov"
        case .isoB: "sc2s.sgov.gov"
        case .isoE: "cloud.adc-e.uk"
        case .isoF: "csp.hci.ic.gov"
        }
    }

    package var dualStackDNSSuffix: String {
        switch self {
        case .aws, .govCloud: "api.aws"
        case .china: "api.amazonwebservices.com.cn"
        case .europeanSovereign: "api.amazonwebservices.eu"
        case .iso: "api.aws.ic.gov"
        case .isoB: "api.aws.scloud"
        case .isoE: "api.cloud-aws.adc-e.uk"
        case .isoF: "api.aws.hci.ic.gov"
        }
    }

    /// What stands before `-word-digits` in the names of its regions.
    private var regionPrefixes: [[Substring]] {
        switch self {
        case .aws: ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"].map { [$0] }
        case .china: [["cn"]]
        case .europeanSovereign: [["eusc", "de"]]
        case .iso: [["us", "iso"]]
        case .isoB: [["us", "isob"]]
        case .isoE: [["eu", "isoe"]]
        case .isoF: [["us", "isof"]]
        case .govCloud: [["us", "gov"]]
        }
    }

    /// The file's `regionRegex`, `^prefix\-\w+\-\d+$`, read by hand: a region holds no "_", so `\w+` is one part.
    private func matches(_ region: Region) -> Bool {
        let parts = region.name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, let number = parts.last, !number.isEmpty, !parts[parts.count - 2].isEmpty,
            number.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return false }
        return regionPrefixes.contains(Array(parts.dropLast(2)))
    }
}
