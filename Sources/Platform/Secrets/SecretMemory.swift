package enum SecretMemory: Sendable, Equatable {
    case locked
    case unlocked(reason: String)
    package static var status: SecretMemory {
        SecretBytes.lockingWorks ? .locked : .unlocked(reason: "memory for secrets could not be locked")
    }
}
