"""The start in each client's README, run as it stands; and how long the client is."""

import re
import subprocess

from vector_case import Failed, shortened

# A client is to be read in one sitting: 600 lines or so, and in C what strict JSON costs where the language has none. Swift's
# is the library of the whole package: the command line and the admin door stand on it, too.
MOST_LINES, MOST_LINES_OF = 630, {"c": 660, "swift": 860}
COMMENT_MARKS, COMMENT_MARKS_OF = ("//", "/*", "* ", "*/"), {"python": ("#",), "shell": ("#",)}
MOST_LINES_OF_START = 20
SECONDS = 120
TAGS = {"python": ["python"], "node": ["js", "javascript", "mjs"], "go": ["go"], "c": ["c"], "shell": ["sh"],
        "swift": ["swift"]}
# What a user does with the example, in a copy of the client's folder: {language: (the file it is saved as, commands)}.
COMMANDS = {
    "python": ("start.py", ["/usr/bin/python3 start.py"]),
    "node": ("start.mjs", ["node start.mjs"]),
    "go": ("start/main.go", ["go run ./start"]),
    "c": ("start.c", ["cc -std=c11 -Wall -Wextra -Werror -I. start.c macie_broker.c -o start", "./start"]),
    "shell": ("start.sh", ["sh start.sh"]),
    "swift": ("start.swift", [
        "swiftc -I $BIN/Modules start.swift $BIN/MacieBrokerClient.build/*.o $BIN/BrokerWire.build/*.o"
        " $BIN/JSONText.build/*.o $BIN/Timestamps.build/*.o -o start", "./start"]),
}


def example(client):
    """The first fenced block in the client's language."""
    text = (client.folder / "README.md").read_text()
    for tag, block in re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if tag in TAGS[client.language]:
            return block
    raise Failed(f"{client.folder.name}/README.md has no block of {TAGS[client.language][0]}")


def run(stage, client, place):
    block = example(client)
    if len(block.splitlines()) > MOST_LINES_OF_START:
        raise Failed(f"the start has {len(block.splitlines())} lines, more than {MOST_LINES_OF_START}")
    name, commands = COMMANDS[client.language]
    folder = stage.copy_of(client)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(block)
    environment = stage.environment(client, MACIE_BROKER_SOCKET=place, BIN=str(stage.bin))
    environment["PATH"] = f"{folder}:{environment['PATH']}:{stage.compilers}"
    environment["GOCACHE"] = str(stage.kept_build_folder(client) / "go-cache")
    said = ""
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=SECONDS)
        said += done.stdout
        if done.returncode:
            raise Failed(f"{command} ended with {done.returncode}: {shortened(said)}")
    if "ENABLED" not in said:
        raise Failed(f"the start did not print the session's status: {shortened(said)}")


def source_lines(client):
    """Lines of source, without blank ones and those that hold a comment alone."""
    marks = COMMENT_MARKS_OF.get(client.language, COMMENT_MARKS)
    lines = (line.strip() for file in client.source_files() for line in file.read_text().splitlines())
    return sum(1 for line in lines if line and line != "*" and not line.startswith(marks))
