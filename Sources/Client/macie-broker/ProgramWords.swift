internal import Glibc

/// The words that this program was started with.
enum ProgramWords {
    /// Without its own name. Swift reads them from /proc/self/cmdline, and finds none where there is no /proc, as in a
    /// sandbox; they are there all the same. To be asked for before anything changes the environment.
    static let arguments = Array(
        (CommandLine.arguments.isEmpty ? besideTheEnvironment() : CommandLine.arguments).dropFirst())

    /// At the start of a program the words stand right before the environment, with a null pointer between them, and their
    /// count before them: System V ABI, "Initial Stack and Register State".
    private static func besideTheEnvironment() -> [String] {
        var words: [String] = []
        // SAFETY: what lies there is pointers to words, which nobody changes, and before them their count. No pointer is as
        // small as that: there the way back ends.
        var place = unsafe environ - 2
        while let word = unsafe place.pointee, Int(bitPattern: word) != words.count {
            words.append(unsafe String(cString: word))
            unsafe place -= 1
        }
        return words.reversed()
    }
}
