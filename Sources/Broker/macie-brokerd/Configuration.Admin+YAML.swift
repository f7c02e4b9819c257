extension Configuration.Admin {
    init(_ section: YAMLSection) throws(ConfigurationFailure) {
        var section = section
        isEnabled = try section.flag("enabled") ?? isEnabled
        if let path = try section.text("socket") { socket = try section.socketPath(path) }
        if let text = try section.text("mode") { mode = try section.mode(text, of: "admin.mode") }
        if let text = try section.text("group") { group = try section.gid(text, of: "admin.group") }
        try section.refuseTheRest()
    }
}
