/// What sources reach outside of themselves: the environment, AWS's services, time, and whoever is to be warned.
package struct SourceContext: Sendable {
    package var environment: StartEnvironment
    package var services: CredentialServices
    package var clock: CredentialClock
    /// Whether files with keys that others can read are refused; else there is a warning.
    package var strictPermissions: Bool
    /// For the operator's log: what is wrong, and what mends it.
    package var warn: @Sendable (String) -> Void

    package init(
        environment: StartEnvironment, services: CredentialServices, clock: CredentialClock = CredentialClock(),
        strictPermissions: Bool = false, warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.environment = environment
        self.services = services
        self.clock = clock
        self.strictPermissions = strictPermissions
        self.warn = warn
    }
}
