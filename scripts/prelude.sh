# shellcheck shell=bash
# Sourced by the scripts beside it: where the project is, which Swift it uses, how a long command is run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Puts a Swift that is new enough on PATH: the one already there, else one in a usual place.
use_swift() {
    local home found version candidate
    home=${HOME:-/root}
    found=""
    for candidate in "$(command -v swift || true)" "${SWIFTLY_BIN_DIR:-$home/.local/share/swiftly/bin}/swift" \
        /opt/swift/usr/bin/swift /usr/local/swift/usr/bin/swift /usr/share/swift/usr/bin/swift; do
        [ -x "$candidate" ] || continue
        version=$("$candidate" --version 2>&1) || { found="$candidate: ${version%%$'\n'*}"; continue; }
        [[ $version =~ Swift\ version\ ([0-9]+)\.([0-9]+) ]] || continue
        found="$candidate is Swift ${BASH_REMATCH[1]}.${BASH_REMATCH[2]}"
        if ((BASH_REMATCH[1] > 6 || (BASH_REMATCH[1] == 6 && BASH_REMATCH[2] >= 2))); then
            PATH="$(dirname "$candidate"):$PATH"
            return
        fi
    done
    die "Swift 6.2 or newer is needed (${found:-none was found}). Install it: https://www.swift.org/install/linux/"
}

# quietly NAME COMMAND…: runs it with its output in .build/log/NAME.log and a sign of life every few seconds;
# when it fails, shows the errors, else the end of the log.
quietly() {
    local log="$root/.build/log/$1.log" start=$SECONDS
    shift
    mkdir -p "$root/.build/log"
    if "$@" 2>&1 | tee "$log" | signs_of_life; then
        say "  done in $((SECONDS - start)) s"
        return
    fi
    say "  failed after $((SECONDS - start)) s; the whole output is in ${log#"$root"/}:"
    local errors
    errors=$(grep -E '^([^ ].*: )?(fatal )?error: ' "$log" | awk '!seen[$0]++' | head -n 40)
    if [ -n "$errors" ]; then
        say "$errors"
    else
        tail -n 30 "$log"
    fi
    return 1
}

# Of a build's lines, shows which packages are fetched and, every ten seconds, how far it is.
signs_of_life() {
    local line last=$SECONDS
    while IFS= read -r line; do
        case $line in
        "Fetching "* | "Another instance of SwiftPM"*) say "  $line" ;;
        \[[0-9]*/[0-9]*\]*)
            if ((SECONDS - last >= 10)); then
                last=$SECONDS
                say "  $line"
            fi
            ;;
        esac
    done
}

# Sets as_root to what makes a command run with uid 0 and the right to become other users: nothing for root, a user
# namespace for others; fails where the host allows neither.
find_other_users() {
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        as_root=(unshare --user --map-root-user --map-auto --)
    fi
    "${as_root[@]}" setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null
}

# What is installed and measured: optimised across modules (about a quarter less CPU per request), the Swift library inside.
# That no two accesses to a variable overlap is checked in every debug build, and so by every test, but not here again.
# shellcheck disable=SC2034  # of those who source this
release=(
    --configuration release --static-swift-stdlib
    -Xswiftc -cross-module-optimization -Xswiftc -enforce-exclusivity=unchecked
)
