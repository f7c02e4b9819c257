/// What can be said of the process that asks, at the moment of asking.
package enum ProcessSight: Sendable, Equatable {
    case alive(ProcessFacts)
    /// It is gone; its socket lives on in somebody else's hands.
    case ended
    /// Nothing can be known of it, for this reason.
    case hidden(String)
}

/// What a process runs, and in which unit.
package struct ProcessFacts: Sendable, Equatable {
    /// The path of its program, as the host names it; with a mark such as ` (deleted)` where there is a doubt.
    package let executable: String?
    /// Its systemd system unit; nil when it is in none, or when that is not known.
    package let unit: String?
    /// Why no rule may rely on `executable`; nil when there is nothing against it.
    package let executableDoubt: String?
    /// Why no rule may rely on `unit`; nil when there is nothing against it.
    package let unitDoubt: String?

    package init(
        executable: String?, unit: String?, executableDoubt: String? = nil, unitDoubt: String? = nil
    ) {
        self.executable = executable
        self.unit = unit
        self.executableDoubt = executableDoubt ?? (executable == nil ? "it is not known" : nil)
        self.unitDoubt = unitDoubt
    }

    /// The program's path, where rules may rely on it.
    var certainExecutable: String? { executableDoubt == nil ? executable : nil }
}
