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
        lines.add("process", String(caller.pid))
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
        let grant = ink.label("by grant \"\(right.grant.escapedForTerminal)\"")
        return "\(right.action.escapedForTerminal) with \(profiles) in \(regions), \(grant)"
    }

    private func listed(_ names: [String], one: String, many: String) -> String {
        if names.isEmpty { return "no \(one)" }
        if names == ["*"] { return "any \(one)" }
        return "\(names.count == 1 ? one : many) \(names.map(\.escapedForTerminal).joined(separator: ", "))"
    }
}
