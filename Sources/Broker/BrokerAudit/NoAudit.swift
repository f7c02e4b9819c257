/// No record of anything: for hosts that want none, and for measuring what one costs.
package final class NoAudit: AuditSink {
    package init() {}

    package var isAvailable: Bool { true }
    package var unavailableReason: String? { "nothing is recorded: audit.enabled is false" }
    package var head: AuditHead { .start }

    package func record(_ record: borrowing DecisionRecord) {}
    package func record(_ event: borrowing AuditEvent) {}
    package func commit() -> Bool { true }
    package func recover() {}
    package func rotate() {}
}
