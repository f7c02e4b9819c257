/// Who the caller is and what it may do, for people to read.
package struct CallerText {
    private let caller: CallerAnswer
    private let ink: Ink

    package init(_ caller: CallerAnswer, ink: Ink) {
        self.caller = caller
        self.ink = ink
    }

    package var text: String {
        var lines = LabelledLines()
        lines.add("user", named(caller.user, "uid", caller.uid))
        lines.add("group", named(caller.group, "gid", caller.gid))
        if !caller.groups.isEmpty {
            lines.add("also in", caller.groups.map { named($0.name, "gid", $0.gid) }.joined(separator: ", "))
        }
        lines.add("process", String(caller.pid))
        lines.add("program", caller.executable?.escapedForTerminal)
        lines.add("unit", caller.unit?.escapedForTerminal)
        lines.add("policy", caller.mode.map { ModeText.described($0, ink) })
        if caller.may.isEmpty { lines.add("may", ink.warning("nothing: no grant names this user")) }
        for (index, right) in caller.may.enumerated() {
            lines.add(index == 0 ? "may" : "", described(right))
        }
        return lines.text(in: ink)
    }

    private func named(_ name: String?, _ kind: String, _ number: Int) -> String {
        guard let name else { return "\(kind) \(number)" }
        return "\(name.escapedForTerminal) (\(kind) \(number))"
    }

    private func described(_ right: CallerAnswer.Right) -> String {
        let profiles = listed(right.profiles, one: "profile", many: "profiles")
        let regions = listed(right.regions, one: "region", many: "regions")
        var parts = ["\(right.action.escapedForTerminal) with \(profiles) in \(regions)"]
        if let executables = right.executables {
            parts.append("only \(listed(executables, one: "program", many: "programs"))")
        }
        if let units = right.units { parts.append("only \(listed(units, one: "unit", many: "units"))") }
        if let notAfter = right.notAfter { parts.append("until \(notAfter.rfc3339)") }
        if let seconds = right.maxAgeAtLeast { parts.append("with --max-age \(seconds) or more, or without") }
        parts.append(ink.label("by grant \"\(right.grant.escapedForTerminal)\""))
        return parts.joined(separator: ", ")
    }

    private func listed(_ names: [String], one: String, many: String) -> String {
        if names.isEmpty { return "no \(one)" }
        if names == ["*"] { return "any \(one)" }
        return "\(names.count == 1 ? one : many) \(names.map(\.escapedForTerminal).joined(separator: ", "))"
    }
}
