package import JSONText

/// protocol/openrpc.json and protocol/admin-openrpc.json, which are built into the broker so that they always say the same.
package enum OpenRPCDocument {
    /// A door's document; empty if it were not JSON, which a test excludes.
    package static func object(at door: Door) -> JSONObject {
        switch door {
        case .people: parsed(PackageResources.openrpc_json)
        case .admin: parsed(PackageResources.admin_openrpc_json)
        }
    }

    private static func parsed(_ text: [UInt8]) -> JSONObject {
        (try? JSONValue(parsing: text))?.object ?? JSONObject()
    }
}
