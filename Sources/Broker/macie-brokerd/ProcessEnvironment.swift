internal import Glibc

/// The environment of this process, as a dictionary.
enum ProcessEnvironment {
    static func read() -> [String: String] {
        var values: [String: String] = [:]
        // SAFETY: environ(7) ends with a null pointer; nobody changes it while this single start-up thread reads.
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
            unsafe entry += 1
        }
        return values
    }
}
