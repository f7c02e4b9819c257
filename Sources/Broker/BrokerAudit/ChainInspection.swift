internal import Digests

/// Follows a chain of records through the lines of one file after the other, and tells everything that breaks it. Keeps a
/// few records in mind, however many there are.
struct ChainInspection: ~Copyable {
    private(set) var summary = AuditSummary()
    private let head: AuditHead?
    private let report: (AuditFinding) -> Void

    private var file = ""
    private var line = 0
    /// The last record of this file.
    private var lastOfFile: UInt64?
    /// The last record in the chain's order.
    private var last: Place?
    /// Records, one after the other, from which the next one does not go on: some of them, or the last one's next, were
    /// edited. Which, shows with the records that follow.
    private var doubted: [Place] = []
    private var manyWereEdited = false
    private var gaps = Gaps()
    /// Lines since the last record that are none.
    private var litter: Litter?
    /// Such lines were told of at the end of a file: what is missing before the next record may be they.
    private var litterWasTold = false
    /// The record that the head names is there, and whether it is the one that the head tells of.
    private var headWasMet = false
    private var headWasBelied = false

    /// Where a record stands, and what it is.
    struct Place {
        let sequence: UInt64
        let digest: SHA256Digest
        let file: String
        let line: Int
    }

    init(head: AuditHead?, report: @escaping (AuditFinding) -> Void) {
        self.head = head
        self.report = report
    }

    mutating func begin(file: String) {
        self.file = file
        line = 0
        lastOfFile = nil
    }

    /// The next piece of the file; returns the record that it is, if it is one.
    mutating func take(_ piece: LineReader.Piece) -> AuditLine? {
        if piece.isBeginning { line += 1 }
        guard piece.isWholeLine, let record = AuditLine(piece.bytes.span),
            let digest = SHA256.digest(of: piece.bytes)
        else {
            if litter == nil { litter = Litter(file: file, line: line) }
            litter?.add(piece, line: line)
            return nil
        }
        let place = Place(sequence: record.sequence, digest: digest, file: file, line: line)
        summary.records += 1
        lastOfFile = record.sequence
        let clearing = clear(before: record, at: place)
        meetHead(place)
        follow(record, at: place, clearing)
        return record
    }

    mutating func endFile() {
        if let litter = litter.take() {
            tell(litter, "")
            litterWasTold = true
        }
        if let named = RotatedFiles.lastSequence(inName: file), named != lastOfFile {
            tell(
                .truncated, file, 0, named,
                "by its name it ends with record \(named), but "
                    + (lastOfFile.map { "its last is \($0)" } ?? "there is no record in it"))
        }
    }

    mutating func finish() {
        settleDoubt(nextFollows: false)
        for gap in gaps.open { tellRemoved(gap) }
        if let head, !headWasMet, !headWasBelied { tellHeadMissing(head) }
        if summary.records == 0, summary.findings == 0 {
            tell(.truncated, file, 0, nil, "there is no record at all")
        }
        summary.head = last.map { AuditHead(sequence: $0.sequence, digest: $0.digest) }
    }
}

// MARK: - A record and the one before

extension ChainInspection {
    /// What stood between the record and the one before.
    private enum Clearing {
        case nothing
        /// The record tells of it.
        case accountedFor
        case litter
    }

    private mutating func clear(before record: AuditLine, at place: Place) -> Clearing {
        let claim = record.event == "recovered" ? record.torn : nil
        guard var litter = litter.take() else {
            if claim != nil { tell(.removed, place, "it tells of a torn line before it, and there is none") }
            return litterWasTold ? .litter : .nothing
        }
        if let claim, litter.matches(claim) {
            summary.tornAccountedFor += 1
            return .accountedFor
        }
        let before = last.map { AuditHead(sequence: $0.sequence, digest: $0.digest) } ?? .start
        if record.follows(before) {
            tell(.inserted, litter.file, litter.firstLine, nil, "\(litter.lines) no record, and none is missing there")
        } else {
            tell(litter, claim == nil ? "" : ", and not the torn line that the next record tells of")
        }
        return .litter
    }

    private mutating func follow(_ record: AuditLine, at place: Place, _ clearing: Clearing) {
        litterWasTold = false
        guard let last else {
            begin(record, at: place, clearing)
            return self.last = place
        }
        let (expected, overflow) = last.sequence.addingReportingOverflow(1)
        let follows = record.previous == last.digest
        if !overflow, place.sequence == expected {
            advance(to: place, follows: follows)
        } else if follows, !overflow {
            settleDoubt(nextFollows: true)
            tell(.edited, place, "its number is \(place.sequence) where \(expected) belongs")
            self.last = Place(sequence: expected, digest: place.digest, file: place.file, line: place.line)
        } else if place.sequence > last.sequence {
            settleDoubt(nextFollows: false)
            if clearing != .litter {
                miss(expected...place.sequence - 1, before: place)
            } else if place.sequence - expected > 1 {
                tell(.removed, place, "before it \(place.sequence - expected) records are missing or unreadable")
            }
            self.last = place
        } else {
            takeBackward(record, at: place, last)
        }
    }

    /// The first record of all: number 1 goes on from nothing; another one has to say itself that it goes on from a file
    /// that is not here.
    private mutating func begin(_ record: AuditLine, at place: Place, _ clearing: Clearing) {
        summary.first = place.sequence
        if place.sequence == 1 {
            guard record.previous != .zero else { return }
            tell(.edited, place, "the first record goes on from nothing, and this one from another record")
        } else if record.event != "rotated", clearing != .accountedFor {
            tell(
                .removed, file, place.line, 1,
                "the file begins with record \(place.sequence), which does not tell of a file before it")
        }
    }

    /// The record has the number that is due.
    private mutating func advance(to place: Place, follows: Bool) {
        let before = last
        last = place
        if follows { return settleDoubt(nextFollows: true) }
        guard let before else { return }
        doubted.append(before)
        guard manyWereEdited || doubted.count > 2 else { return }
        for doubted in doubted { tell(.edited, doubted, Self.isNotGoneOnFrom) }
        doubted = []
        manyWereEdited = true
    }

    /// Where one record is not gone on from, it was edited, if only the next one fits the one after it. Where two are not,
    /// the second was, and the hash in it too.
    private mutating func settleDoubt(nextFollows: Bool) {
        defer {
            doubted = []
            manyWereEdited = false
        }
        guard let first = doubted.first else { return }
        if doubted.count > 1 {
            tell(.edited, doubted[1], "neither does it go on from the record before it nor the one after it from this")
        } else if nextFollows || (headWasMet && head?.sequence == first.sequence + 1) {
            tell(.edited, first, Self.isNotGoneOnFrom)
        } else {
            tell(.edited, first, Self.isNotGoneOnFrom + "; or that one was edited")
        }
    }

    private static var isNotGoneOnFrom: String { "it is not what the record after it goes on from" }

    private mutating func takeBackward(_ record: AuditLine, at place: Place, _ last: Place) {
        if gaps.fill(place.sequence) {
            tell(.reordered, place, "it stands behind record \(last.sequence)")
        } else if place.sequence == last.sequence, place.digest == last.digest {
            tell(.duplicated, place, "it stands there again")
        } else if place.sequence == 1, record.previous == .zero {
            settleDoubt(nextFollows: false)
            tell(.restarted, place, "a chain begins anew behind record \(last.sequence)")
            self.last = place
        } else {
            tell(.duplicated, place, "it has a number that was there before, behind record \(last.sequence)")
        }
    }

    private mutating func miss(_ sequences: ClosedRange<UInt64>, before place: Place) {
        let isAtEnd = last.map { $0.file != place.file } ?? false
        let gap = Gaps.Gap(sequences: sequences, isAtEndOfFile: isAtEnd, file: place.file, line: place.line)
        // A few gaps are kept open: what is missing may still come, out of order.
        if let oldest = gaps.open(gap) { tellRemoved(oldest) }
    }
}

// MARK: - The head, and what is told

extension ChainInspection {
    private mutating func meetHead(_ place: Place) {
        guard let head, head.sequence == place.sequence else { return }
        if head.digest == place.digest {
            headWasMet = true
        } else {
            headWasBelied = true
            tell(.edited, place, "it is not the record that the head tells of")
        }
    }

    private mutating func tellHeadMissing(_ head: AuditHead) {
        guard let last else {
            return tell(.truncated, file, 0, head.sequence, "no record is left of those up to \(head.sequence)")
        }
        if last.sequence < head.sequence {
            tell(
                .truncated, last.file, last.line, last.sequence + 1,
                "after this record those from \(last.sequence + 1) to \(head.sequence) are missing")
        } else {
            tell(
                .removed, last.file, 0, head.sequence, "record \(head.sequence), which the head tells of, is not there")
        }
    }

    private mutating func tellRemoved(_ gap: Gaps.Gap) {
        let (low, high) = (gap.sequences.lowerBound, gap.sequences.upperBound)
        let which = low == high ? "record \(low) is" : "records \(low) to \(high) are"
        tell(
            gap.isAtEndOfFile ? .truncated : .removed, gap.file, gap.line, low,
            "before this line \(which) missing" + (gap.isAtEndOfFile ? ", at the end of the file before" : ""))
    }

    private mutating func tell(_ litter: borrowing Litter, _ more: String) {
        let due = last.map { $0.sequence &+ 1 }
        let whichWasDue = due.map { "; record \($0) was due" } ?? ""
        if litter.hasEnd {
            tell(.edited, litter.file, litter.firstLine, due, "\(litter.lines) no record\(more)\(whichWasDue)")
        } else {
            tell(.torn, litter.file, litter.firstLine, due, "the line has no end\(whichWasDue)")
        }
    }

    private mutating func tell(_ kind: AuditFinding.Kind, _ place: Place, _ detail: String) {
        tell(kind, place.file, place.line, place.sequence, "record \(place.sequence): \(detail)")
    }

    private mutating func tell(
        _ kind: AuditFinding.Kind, _ file: String, _ line: Int, _ sequence: UInt64?, _ detail: String
    ) {
        summary.findings += 1
        report(AuditFinding(kind: kind, file: file, line: line, sequence: sequence, detail: detail))
    }
}
