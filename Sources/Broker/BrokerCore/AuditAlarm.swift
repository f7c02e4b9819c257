/// Tells the operator's log that records cannot be written: when that is seen, once a minute while it lasts, and when they
/// can be again.
struct AuditAlarm {
    private static let secondsBetween = 60.0

    private var rung: Moment?

    /// `reason` says why records could not be written a moment ago, nil when they could; `isBack` whether they can be now.
    mutating func look(_ reason: String?, isBack: Bool, refuses: Bool, _ host: any BrokerHost, at now: Moment) {
        if let reason, rung.map({ now.seconds(since: $0) >= Self.secondsBetween }) ?? true {
            rung = now
            host.tell(.recordsFail(reason: reason, requestsAreRefused: refuses))
        }
        guard isBack, rung != nil else { return }
        rung = nil
        host.tell(.recordsAreBack)
    }
}
