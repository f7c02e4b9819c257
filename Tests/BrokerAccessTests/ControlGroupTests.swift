import Testing

@testable import BrokerAccess

@Suite struct ControlGroupTests {
    @Test(
        arguments: [
            ("0::/\n", "/"), ("0::/system.slice/a.service\n", "/system.slice/a.service"),
            ("9:name=systemd:/a.service\n0::/b.service\n", "/a.service"),
            ("0::/b.service\n9:name=systemd:/a.service\n", "/a.service"),
            ("8:pids:/x\n0::/b:c.service\n", "/b:c.service"), ("8:pids:/x\n", nil), ("", nil), ("nonsense\n", nil),
            ("0::/..\n", nil), ("0::/../a.service\n", nil), ("0::\n", nil), ("0::a.service\n", nil),
            ("1:name=systemd2:/a\n", nil), ("0:cpu:/a\n", nil),
        ] as [(String, String?)])
    func `the group is systemd's own, else the unified one, and has to be in sight`(text: String, path: String?) {
        #expect(ControlGroup(parsing: text)?.path == path)
    }

    /// As sd_pid_get_unit(3) answers for these paths.
    @Test(
        arguments: [
            ("/", nil), ("/system.slice/deploy.service", "deploy.service"), ("/init.scope", "init.scope"),
            ("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"),
            ("/user.slice/user-1000.slice/session-3.scope", "session-3.scope"),
            ("/user.slice/user-1000.slice/user@1000.service/app.slice/deploy.service", "user@1000.service"),
            ("/user.slice/user-1000.slice/user@1000.service/deploy.service", "user@1000.service"),
            ("/system.slice/docker-abc.scope/system.slice/deploy.service", "docker-abc.scope"),
            ("/system.slice/deploy.service/worker/more", "deploy.service"),
            ("/system.slice/_cpu.service", "cpu.service"), ("/system.slice", nil), ("/system.slice/.service", nil),
            ("/system.slice/service", nil), ("/docker/abc", nil), ("/a/deploy.service", nil),
            ("/system.slice/backup.mount", "backup.mount"), ("/system.slice/cups.socket", "cups.socket"),
            ("/system.slice/x.timer", nil), ("/system.slice/deploy.service (deleted)", nil),
        ] as [(String, String?)])
    func `the unit is the first folder below the slices`(path: String, unit: String?) {
        #expect(ControlGroup(parsing: "0::\(path)\n")?.systemUnit == unit)
    }
}
