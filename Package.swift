// swift-tools-version: 6.2
import PackageDescription

// The manifest is the map: one target per room, four floors, and no arrow that is not written here.
// docs/ARCHITECTURE.md says why each dependency and each arrow exists; scripts/check-imports holds the code to it.

let ours: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

func room(_ name: String, on floor: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil)
    -> Target
{
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)", resources: resources,
        swiftSettings: ours)
}

func program(_ name: String, on floor: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)", swiftSettings: ours)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        path: "Tests/\(name)Tests", resources: resources, swiftSettings: ours)
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "macie-broker",
    products: [
        .library(name: "MacieBrokerClient", targets: ["MacieBrokerClient"]),
        .executable(name: "macie-brokerd", targets: ["macie-brokerd"]),
        .executable(name: "macie-broker", targets: ["macie-broker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        // Without its trait for Foundation, which would bring ICU.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    ],
    targets: [
        // Platform: Linux, OpenSSL, and the few formats everybody above shares.
        .target(name: "CPlatform", path: "Sources/Platform/CPlatform"),
        .target(
            name: "CSecureHeap", path: "Sources/Platform/CSecureHeap", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CWipingHeap", path: "Sources/Platform/CWipingHeap"),
        .systemLibrary(name: "COpenSSL", path: "Sources/Platform/COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CExpat", path: "Sources/Platform/CExpat", providers: [.apt(["libexpat1-dev"])]),
        room("Digests", on: "Platform", ["COpenSSL"]),
        room("JSONText", on: "Platform"),
        room("Timestamps", on: "Platform"),
        room("XMLText", on: "Platform", ["CExpat"]),
        room("Secrets", on: "Platform", ["Timestamps"]),

        // AWS: knows nothing of the broker.
        room("AWSSigning", on: "AWS", ["COpenSSL", "CSecureHeap", "Digests", "Secrets", "Timestamps"]),
        room("AWSRuntime", on: "AWS", ["AWSSigning", "JSONText", "Secrets", "Timestamps"]),
        room(
            "AWSCredentials", on: "AWS",
            [
                "AWSRuntime", "AWSSigning", "Digests", "JSONText", "Secrets", "Timestamps", "XMLText", subprocess,
                system,
            ]),
        room("Macie2", on: "AWS", ["AWSRuntime", "JSONText", "Timestamps"]),
        room("HTTPTransport", on: "AWS", ["AWSRuntime", asyncHTTPClient, nioCore, nioPosix, nioHTTP1, nioSSL]),
        room(
            "MacieSimulator", on: "AWS",
            ["AWSSigning", "JSONText", "Secrets", "Timestamps", nioCore, nioPosix, nioHTTP1]),
        program("macie-simulator", on: "AWS", ["MacieSimulator", "Secrets", argumentParser]),

        // Broker: who asks, may they, what is the answer.
        room(
            "BrokerWire", on: "Broker", ["JSONText"],
            resources: [.embedInCode("openrpc.json"), .embedInCode("admin-openrpc.json")]),
        room("BrokerAccess", on: "Broker", ["CPlatform", "Timestamps"]),
        room("BrokerAudit", on: "Broker", ["BrokerAccess", "BrokerWire", "Digests", "JSONText", "Timestamps"]),
        room(
            "BrokerCore", on: "Broker",
            [
                "AWSCredentials", "AWSRuntime", "AWSSigning", "BrokerAccess", "BrokerAudit", "BrokerWire", "Digests",
                "JSONText", "Macie2", "Secrets", "Timestamps",
            ]),
        room(
            "BrokerServer", on: "Broker",
            [
                "BrokerAccess", "BrokerCore", "BrokerWire", "CPlatform", nioCore, nioPosix, serviceLifecycle, logging,
            ]),
        program(
            "macie-brokerd", on: "Broker",
            [
                "AWSCredentials", "AWSRuntime", "AWSSigning", "BrokerAccess", "BrokerAudit", "BrokerCore",
                "BrokerServer", "BrokerWire", "CPlatform", "CWipingHeap", "Digests", "HTTPTransport", "JSONText",
                "Macie2",
                "Secrets", "Timestamps", argumentParser, logging, nioPosix, serviceLifecycle, unixSignals, yams,
            ]),

        // Client: no NIO, no Foundation beyond Essentials, no key.
        room("MacieBrokerClient", on: "Client", ["BrokerWire", "JSONText", "Timestamps"]),
        program("macie-broker", on: "Client", ["MacieBrokerClient", argumentParser]),

        // Tests: one target per room, one file per promise in EndToEndTests.
        .target(name: "TestSupport", dependencies: ["JSONText"], path: "Tests/TestSupport", swiftSettings: ours),
        .executableTarget(
            name: "scripted-broker", dependencies: ["BrokerWire", "JSONText"], path: "Tests/scripted-broker",
            swiftSettings: ours),
        .executableTarget(
            name: "swift-client-driver", dependencies: ["JSONText", "MacieBrokerClient"],
            path: "clients/swift/conformance/Driver", swiftSettings: ours),
        tests(of: "CWipingHeap"),
        tests(of: "Digests"),
        tests(of: "JSONText"),
        tests(of: "Timestamps"),
        tests(of: "Secrets"),
        tests(of: "AWSSigning", ["JSONText", "Secrets", "Timestamps"], resources: [.copy("vectors")]),
        tests(of: "AWSRuntime", ["AWSSigning", "JSONText", "Secrets", "Timestamps"]),
        tests(of: "XMLText", ["Secrets"]),
        tests(
            of: "AWSCredentials",
            [
                "AWSRuntime", "AWSSigning", "HTTPTransport", "JSONText", "Secrets", "Timestamps", "XMLText", nioCore,
                nioPosix, nioHTTP1,
            ]),
        tests(of: "Macie2", ["AWSRuntime", "JSONText", "Timestamps"]),
        tests(of: "HTTPTransport", ["AWSRuntime", nioCore, nioPosix, nioHTTP1, nioSSL]),
        tests(of: "MacieSimulator", ["AWSSigning", "JSONText", "Secrets", "Timestamps", nioCore, nioPosix, nioHTTP1]),
        tests(of: "BrokerWire", ["JSONText", "Timestamps"]),
        tests(of: "BrokerAccess", ["BrokerWire", "Timestamps"]),
        tests(of: "BrokerAudit", ["BrokerAccess", "BrokerWire", "Digests", "JSONText", "Timestamps"]),
        tests(of: "BrokerServer"),
        tests(
            of: "macie-brokerd",
            ["AWSCredentials", "AWSRuntime", "BrokerAccess", "BrokerServer", "BrokerWire", "JSONText", "Timestamps"]),
        tests(
            of: "BrokerCore",
            [
                "AWSCredentials", "AWSRuntime", "AWSSigning", "BrokerAccess", "BrokerAudit", "BrokerWire", "JSONText",
                "Macie2", "Secrets", "Timestamps",
            ]),
        tests(of: "MacieBrokerClient", ["BrokerWire", "JSONText"]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["TestSupport", "JSONText", "MacieBrokerClient"],
            path: "Tests/EndToEndTests", exclude: ["Audit", "Canaries", "Floods", "Identity", "Moto", "Policy"],
            swiftSettings: ours),
    ]
)
