internal import Glibc

extension AuditFile {
    /// Makes the file fit to be gone on with, and records what was wrong with it and what goes before it. Then the sink is
    /// available, unless that cannot be written.
    func begin(after end: AuditEnd, reason: String, isRecovery: Bool = false) {
        if end.torn != nil || end.lacksLineEnd { chain.stageLineEnd() }
        let isFirst = length == 0 && chain.committed.sequence > 0
        if isFirst, previousFile != nil || !isRecovery { stage(.rotated(previousFile: previousFile)) }
        if isRecovery || end.torn != nil || end.lacksLineEnd {
            stage(.recovered(.init(reason: reason, torn: end.torn, withdrawn: withdrawn)))
        }
        let ownRecords = chain.count
        guard !chain.isEmpty else { return unavailableReason = nil }
        guard write() else { return withdrawn &-= ownRecords }
        unavailableReason = nil
        withdrawn = 0
    }

    /// Notices that the file was moved away (logrotate) or removed, and goes on at its path.
    func lookAfterFile() {
        guard let file, AppendedFile.Identity(of: path) != file.identity else { return }
        guard let state = file.state, state.links > 0 else {
            _ = fail("the file was removed")
            return openAgain()
        }
        goOnElsewhere(from: file)
    }

    /// Opens the file at the path, while the one that was written to so far stands elsewhere.
    func goOnElsewhere(from old: AppendedFile) {
        // As long as that fails, what was moved away is still ours to write to.
        guard let new = try? AppendedFile.open(path), let state = new.state,
            let end = try? AuditEnd.read(new.descriptor, size: state.size, path: path)
        else { return }
        let name = old.currentName
        take(new, length: state.size)
        previousFile = name
        begin(after: end, reason: "the file before was moved away", isRecovery: state.size > 0)
    }

    /// Tries to open and to write again.
    func openAgain() {
        let reason = unavailableReason ?? ""
        do throws(AuditFailure) {
            let file = try reopened()
            guard let state = file.state else { throw .lastError("look at", path) }
            let isTheSame = file.identity == identity && state.size >= length
            let end = isTheSame ? try follow(file) : try AuditEnd.read(file.descriptor, size: state.size, path: path)
            take(file, length: state.size)
            begin(after: end, reason: reason, isRecovery: true)
        } catch {
            // The first reason is what went wrong; this one is what still does.
            unavailableReason = error.description
        }
    }

    /// The file at the path: the one that is open still, or else the one that stands there now.
    private func reopened() throws(AuditFailure) -> AppendedFile {
        guard let old = file else { return try .open(path) }
        guard AppendedFile.Identity(of: path) != old.identity else { return old }
        if let links = old.state?.links, links > 0 { previousFile = old.currentName }
        file = nil
        return try .open(path)
    }

    func take(_ file: AppendedFile, length: Int) {
        self.file = file
        identity = file.identity
        self.length = length
        rotatesAt = rotateBytes
    }

    /// Reads what this process may have left behind the last record that it counts, when it could neither write all of it
    /// nor cut it off. Whole records there stay, and count.
    private func follow(_ file: AppendedFile) throws(AuditFailure) -> AuditEnd {
        guard let state = file.state else { throw .lastError("look at", path) }
        guard state.size - length <= Self.leftoversAtMost else {
            throw .system(action: "go on with", path: path, reason: "somebody else writes to it")
        }
        guard let rest = DescriptorBytes.read(from: file.descriptor, at: length, upTo: state.size - length) else {
            throw .lastError("read", path)
        }
        var head = chain.committed
        var records = rest[...]
        while let end = records.firstIndex(of: UInt8(ascii: "\n")) {
            let line = Array(records[..<end])
            guard let record = AuditLine(line.span), record.follows(head), let next = AuditHead(ofLine: line) else {
                break
            }
            head = next
            records = records[(end + 1)...]
        }
        let end = AuditEnd(behind: head, rest: Array(records))
        chain.goOn(from: end.head ?? head)
        return end
    }

    /// Bytes: more than a turn of the event loop records.
    private static let leftoversAtMost = 64 << 20

    func stage(_ kind: AuditEvent.Kind) { chain.stage(AuditEvent(time: now(), kind)) }
}
