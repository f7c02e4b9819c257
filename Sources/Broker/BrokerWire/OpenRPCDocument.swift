package import JSONText

/// protocol/openrpc.json, which is built into the broker so that both always say the same.
package enum OpenRPCDocument {
    /// The document; empty if it were not JSON, which a test excludes.
    package static var object: JSONObject {
        (try? JSONValue(parsing: PackageResources.openrpc_json))?.object ?? JSONObject()
    }
}
