internal import ArgumentParser

/// `macie-broker completions`: what a shell needs to complete this command.
struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the completion script for bash, zsh or fish.",
        discussion: """
            bash:  macie-broker completions bash >/usr/share/bash-completion/completions/macie-broker
            zsh:   macie-broker completions zsh >"${fpath[1]}/_macie-broker"
            fish:  macie-broker completions fish >~/.config/fish/completions/macie-broker.fish
            """)

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    @Argument(help: "The shell: bash, zsh or fish.")
    var shell: Shell

    func run() {
        let target: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Asking.finish(printing: MacieBroker.completionScript(for: target) + "\n")
    }
}
