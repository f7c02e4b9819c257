/// What whoever runs the broker can say to it by a signal while it serves.
package enum OperatorSignal: Sendable {
    /// SIGHUP: read the configuration again, and begin a new audit file.
    case hangUp
    /// SIGUSR1: wipe every credential.
    case dropCredentials
}
