import BrokerAccess
import Testing

@Suite struct AccountNamesTests {
    @Test func `root is uid and gid 0 on every host`() {
        #expect(AccountNames.uid(ofUser: "root") == 0)
        #expect(AccountNames.gid(ofGroup: "root") == 0)
        #expect(AccountNames.user(ofUid: 0) == "root")
        #expect(AccountNames.group(ofGid: 0) == "root")
    }

    @Test(arguments: ["", "no such account", "0", "root:", String(repeating: "x", count: 100_000)])
    func `a name that nobody has is nobody's`(name: String) {
        #expect(AccountNames.uid(ofUser: name) == nil)
        #expect(AccountNames.gid(ofGroup: name) == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("root", 0), ("007", 7), ("4294967295", 4_294_967_295), ("4294967296", nil), ("-0", nil),
            ("+0", nil), ("", nil), ("0x0", nil), ("1 ", nil), ("\u{661}", nil), ("no such account", nil),
        ] as [(String, UInt32?)])
    func `digits are a number, whether anybody has it or not, all else a name`(text: String, number: UInt32?) {
        #expect(AccountNames.uid(named: text) == number)
        #expect(AccountNames.gid(named: text) == number)
    }

    @Test func `root's groups begin with the primary one, and a stranger's are not known`() {
        #expect(AccountNames.groups(ofUid: 0)?.first == 0)
        #expect(AccountNames.groups(ofUid: 0).map { Set($0).count == $0.count } == true)
        #expect(AccountNames.groups(ofUid: 4_294_967_294) == nil)
    }

    @Test func `a number that nobody has is nobody's`() {
        #expect(AccountNames.user(ofUid: 4_294_967_294) == nil)
        #expect(AccountNames.group(ofGid: 4_294_967_294) == nil)
    }

    @Test func `a user's name and number lead to each other`() {
        for uid in UInt32(0)...100 {
            guard let name = AccountNames.user(ofUid: uid) else { continue }
            #expect(AccountNames.uid(ofUser: name) == uid)
        }
    }
}
