// swift-tools-version: 6.2
import PackageDescription

// One program: what a signature costs, beside the OpenSSL calls in it. `package` access ends at the package, so the
// rooms it needs are symlinks in Rooms/ and targets of this package; the settings are those of the package above.

let ours: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Rooms/\(name)", swiftSettings: ours)
}

let package = Package(
    name: "macie-broker-benchmarks",
    targets: [
        .target(name: "CPlatform", path: "Rooms/CPlatform"),
        .systemLibrary(
            name: "COpenSSL", path: "Rooms/COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        room("Digests", ["COpenSSL"]),
        room("Timestamps"),
        room("Secrets", ["CPlatform", "Timestamps"]),
        .target(name: "CSecureHeap", path: "Rooms/CSecureHeap", linkerSettings: [.linkedLibrary("crypto")]),
        room("AWSSigning", ["COpenSSL", "CSecureHeap", "Digests", "Secrets", "Timestamps"]),
        .target(name: "BareOpenSSL", dependencies: ["COpenSSL"], path: "BareOpenSSL"),
        .executableTarget(
            name: "signature", dependencies: ["AWSSigning", "BareOpenSSL", "Secrets", "Timestamps"], path: "Signature",
            swiftSettings: ours),
    ]
)
