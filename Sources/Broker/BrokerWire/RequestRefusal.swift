package import JSONText

/// Why a line is no request, and whose it was as far as one can tell.
package struct RequestRefusal: Error, Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        case notJSON(JSONFailure)
        /// Valid JSON that is no request of this protocol; says what is wrong.
        case invalidRequest(String)
        case methodNotFound
        /// The parameter, and what it should be.
        case invalidParameter(name: String, rule: String)
    }

    /// The id the answer carries; nil stands for JSON's null.
    package let id: RequestID?
    package let reason: Reason

    package init(id: RequestID?, reason: Reason) {
        self.id = id
        self.reason = reason
    }
}
