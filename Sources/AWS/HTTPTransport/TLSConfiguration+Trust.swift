import Glibc
import NIOCore
import NIOSSL

extension TLSConfiguration {
    /// TLS 1.2 or newer, with the peer's chain and name verified against the system's authorities or, with a bundle,
    /// against the bundle's alone.
    static func trusting(caBundle path: String?) throws(HTTPTransportFailure) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        guard let path else { return configuration }
        configuration.trustRoots = .certificates(try certificates(at: path))
        return configuration
    }

    /// Read now, so that a bad path ends the start and not the first request.
    private static func certificates(at path: String) throws(HTTPTransportFailure) -> [NIOSSLCertificate] {
        // SAFETY: `path` lends a NUL-terminated copy for the length of the call.
        guard unsafe access(path, R_OK) == 0 else {
            throw .caBundle(path: path, why: IOError(errnoCode: errno, reason: "it cannot be read").description)
        }
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(path), !certificates.isEmpty else {
            throw .caBundle(path: path, why: "it holds no certificate in PEM form")
        }
        return certificates
    }
}
