import Foundation
import NIOSSL

/// A certificate authority made for one test by the `openssl` command, in a folder of its own.
final class TestAuthority: Sendable {
    private let folder: URL
    /// Its own certificate, PEM.
    let bundlePath: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(component: "authority-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        bundlePath = folder.appending(component: "ca.pem").path
        try make("ca", subject: "/CN=Test Authority", ["-addext", "keyUsage=critical,keyCertSign"])
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// What a server needs to be taken for `names`, such as `DNS:localhost,IP:127.0.0.1`.
    func serverContext(for names: String, from oldest: TLSVersion = .tlsv12, to newest: TLSVersion? = nil) throws
        -> NIOSSLContext
    {
        try make(
            "server", subject: "/CN=server",
            ["-CA", "\(path("ca")).pem", "-CAkey", "\(path("ca")).key", "-addext", "subjectAltName=\(names)"])
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile("\(path("server")).pem").map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: "\(path("server")).key", format: .pem)))
        configuration.minimumTLSVersion = oldest
        configuration.maximumTLSVersion = newest
        return try NIOSSLContext(configuration: configuration)
    }

    private func path(_ name: String) -> String { folder.appending(component: name).path }

    private func make(_ name: String, subject: String, _ more: [String]) throws {
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.arguments =
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", subject, "-keyout", "\(path(name)).key", "-out", "\(path(name)).pem",
            ] + more
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else { throw OpenSSLFailed(status: openssl.terminationStatus) }
    }
}

struct OpenSSLFailed: Error {
    let status: Int32
}
