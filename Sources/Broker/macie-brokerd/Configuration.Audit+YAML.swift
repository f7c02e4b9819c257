extension Configuration.Audit {
    /// Below this a file would hold few records and the folder many files.
    private static let leastRotated = 65_536

    init(_ section: YAMLSection) throws(ConfigurationFailure) {
        var section = section
        isEnabled = try section.flag("enabled") ?? isEnabled
        if let path = try section.text("file") {
            guard path.value.hasPrefix("/") else {
                throw section.failure(at: path.place, "audit.file: the path must be absolute, not \(path.value)")
            }
            file = path.value
        }
        let place = section.place(of: "rotateBytes")
        if let bytes = try section.integer("rotateBytes", in: 0...1_099_511_627_776) {
            guard bytes == 0 || bytes >= Self.leastRotated else {
                throw section.failure(
                    at: place, "audit.rotateBytes must be 0, for never, or \(Self.leastRotated) at least")
            }
            rotateBytes = bytes
        }
        if let text = try section.text("whenUnavailable") {
            switch text.value {
            case "refuse": refusesWhenUnavailable = true
            case "allow": refusesWhenUnavailable = false
            default: throw section.failure(at: text.place, "audit.whenUnavailable must be refuse or allow")
            }
        }
        recordsProcesses = try section.flag("processes") ?? recordsProcesses
        try section.refuseTheRest()
    }
}
