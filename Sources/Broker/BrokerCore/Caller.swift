internal import AWSCredentials
package import BrokerAccess
internal import BrokerAudit
package import BrokerWire

/// Who asks, over which connection, with how much in flight already. One for each connection, on the broker's event loop.
package final class Caller {
    /// The number of the connection since the broker started.
    package let connection: UInt64
    package let door: Door
    package let peer: Peer
    package let share: UserShare
    /// What the rules in force say of this peer.
    private(set) var rights: Rights
    /// What all records of this connection have in common.
    private(set) var origin: RecordOrigin
    /// Requests of this connection that wait for AWS.
    package internal(set) var inFlight = 0
    /// The configuration that `rights` are by.
    private(set) var generation: UInt32

    /// Takes a hold on the process that connected; nil once the connection is closed.
    private let takeProcess: () -> PeerProcess?
    private let shelf: ProcessShelf
    /// The hold, as long as there is a place for it on the shelf.
    private var process: PeerProcess?
    private let user: String?
    /// Whether the program and the unit stand in records.
    private var recordsProcess: Bool
    private var seen: ProcessSight?
    /// What the last request was about. Nearly always the next one is about the same.
    private var recent: (query: SessionQuery, target: Target)?

    /// `process` takes a hold on the process that connected; `user` is the name of the peer's uid, for records.
    init(
        connection: UInt64, door: Door, peer: Peer, process: @escaping () -> PeerProcess?, shelf: ProcessShelf,
        user: String?, share: UserShare, rights: Rights, generation: UInt32, recordsProcess: Bool
    ) {
        self.connection = connection
        self.door = door
        self.peer = peer
        takeProcess = process
        self.shelf = shelf
        self.user = user
        self.share = share
        self.rights = rights
        self.generation = generation
        self.recordsProcess = recordsProcess
        origin = RecordOrigin(peer: peer, user: user, connection: connection)
    }

    deinit { letProcessGo() }

    /// Whether the broker itself started the process that asks, or what started it; looked up once.
    private(set) lazy var isOwnDescendant = Ancestry.descendsFromHere(peer.pid)

    /// Another configuration is in force.
    func renew(_ rights: Rights, generation: UInt32, recordsProcess: Bool) {
        self.rights = rights
        self.generation = generation
        self.recordsProcess = recordsProcess
        if !recordsProcess { origin = RecordOrigin(peer: peer, user: user, connection: connection) }
        seen = nil
        recent = nil
    }

    /// What a request is about, by the configuration that this caller's rights are by.
    func target(of query: SessionQuery, in setup: BrokerSetup) -> Result<Target, Failure> {
        if let recent, recent.query == query { return .success(recent.target) }
        let target = setup.target(
            of: query, generation: generation, user: SessionUser(uid: peer.uid, name: user))
        if case .success(let found) = target { recent = (query, found) }
        return target
    }

    /// What the process is now. The connection stays that of the process that opened it, whoever holds it.
    func look() -> ProcessSight {
        if let process { return process.look() }
        guard let taken = takeProcess() else { return .ended }
        if shelf.takePlace() { process = taken }
        return taken.look()
    }

    /// Nothing has been asked for a while: the descriptors are for others. The next look takes new ones.
    func letProcessGo() {
        guard process != nil else { return }
        process = nil
        shelf.freePlace()
    }

    /// Has the records say what the process is now, and why it is not known where it is not.
    func noteProcess() {
        guard recordsProcess else { return }
        if seen != nil, let process, process.isAsSeen { return }
        let sight = look()
        guard sight != seen else { return }
        seen = sight
        origin = RecordOrigin(peer: peer, user: user, sight: sight, connection: connection)
    }
}
