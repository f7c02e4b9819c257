#!/bin/sh
# macie-broker.sh: asks the macie-broker of this host, without any key. A command, and a library for POSIX shells:
#     macie-broker.sh session                          . macie-broker.sh; macie_broker session --field status
# It needs awk, dd, tr and sleep, and one of socat, python3, ncat and OpenBSD's nc; for MACIE_BROKER_FD cat.
# The protocol is protocol/PROTOCOL.md; § below are its sections.
# shellcheck disable=SC2030,SC2031  # every variable lives in the subshell that is macie_broker

macie_broker__usage() {
    cat <<'END'
Usage: macie-broker.sh session [--profile NAME] [--region NAME] [--max-age SECONDS]   the Macie session
       macie-broker.sh whoami                  whom the broker takes you for, and what you may do
       macie-broker.sh status                  how the broker is
       macie-broker.sh call METHOD [JSON]      any method; prints its result as JSON
       macie-broker.sh field NAME              one member of the JSON on standard input

  --output text|json   for people, or the result as one line of JSON
  --field NAME         one member alone, such as status, createdAt, provenance.requestId or may.0.action
  --errors text|json   how to write errors to standard error
  --socket PATH        the broker's socket, wherever else one may be
  --timeout SECONDS    for the whole call (default 35)

Without --socket: MACIE_BROKER_FD (an inherited, connected socket), MACIE_BROKER_SOCKET (a path),
$XDG_RUNTIME_DIR/macie-broker/broker.sock if it exists, /run/macie-broker/broker.sock, in this order.
Exit status: 0 done; 1 AWS refused; 64 wrong usage; 69 no broker; 70 another failure; 75 worth trying again;
77 the broker's policy refused.
END
}

# Everything happens in a subshell: the caller's variables, options and descriptors stay as they are.
macie_broker() (
    set +efuC
    IFS=' 	
'
    LC_ALL=C
    export LC_ALL
    output=text errors=text seconds=35 age='' field='' profile='' region='' given='' socket='' params='' json=''
    command='' method='' words=0 key='' id='' status='' family='' message='' remedy='' place='' why='' next=''
    while [ $# -gt 0 ]; do
        case $1 in
        -h | --help) macie_broker__usage && exit 0 ;;
        --*=*)
            name=${1%%=*} argument=${1#*=}
            shift
            set -- "$name" "$argument" "$@"
            ;;
        esac
        case $1 in
        --profile | --region | --max-age | --output | --field | --errors | --socket | --timeout)
            [ $# -gt 1 ] || macie_broker__wrong "$1 needs a value"
            macie_broker__option "$1" "$2"
            shift
            ;;
        -?*) macie_broker__wrong "there is no option $1" ;;
        *)
            words=$((words + 1))
            case $words in 1) command=$1 ;; 2) method=$1 ;; 3) params=$1 json=yes ;; esac
            ;;
        esac
        shift
    done
    macie_broker__command
)

# macie_broker__option NAME VALUE: keeps the value, or ends with what is wrong with it.
macie_broker__option() {
    case $1=$2 in
    --profile=*) profile=$2 given=$given,profile ;;
    --region=*) region=$2 given=$given,region ;;
    --field=*) field=$2 ;;
    --socket=?*) socket=$2 ;;
    --output=text | --output=json) output=$2 ;;
    --errors=text | --errors=json) errors=$2 ;;
    --max-age=*)
        age=$2
        case $2 in '' | *[!0-9]* | 0?* | ??????*) age=86401 ;; esac
        [ "$age" -le 86400 ] || macie_broker__wrong "--max-age takes seconds from 0 to 86400"
        ;;
    --timeout=*)
        seconds=$2
        case $2 in *[!0-9.]* | .* | *. | *.*.* | 0[0-9]* | ?????????*) seconds=86400 ;; esac
        case $2 in *[1-9]*) ;; *) seconds=86400 ;; esac
        [ "${seconds%%.*}" -lt 86400 ] || macie_broker__wrong "--timeout takes seconds: more than 0, less than a day"
        ;;
    *) macie_broker__wrong "$1 does not take '$2'" ;;
    esac
}

macie_broker__command() {
    case $command in
    session) method=macie2.GetMacieSession most=1 ;;
    whoami) method=broker.WhoAmI most=1 ;;
    status) method=broker.Status most=1 ;;
    call) most=3 output=json ;;
    field) most=2 ;;
    *) macie_broker__wrong "say what to do: session, whoami, status, call or field; not '$command'" ;;
    esac
    [ "$words" -le "$most" ] || macie_broker__wrong "$command takes no further argument"
    [ "$words" -ge 2 ] || [ "$most" = 1 ] || macie_broker__wrong "$command needs a name after it"
    [ "$command" = session ] || [ -z "$given$age" ] ||
        macie_broker__wrong "--profile, --region and --max-age are for session; call takes them as JSON"
    if [ "$command" = field ]; then
        field=$method
        macie_broker__awk field
        exit
    fi
    # Nobody can guess the key, so it can mark where the broker's bytes end. The id is one that no earlier user of an
    # inherited descriptor is likely to have used (§1.1).
    { read -r key </proc/sys/kernel/random/uuid; } 2>/dev/null || key=$(od -An -N16 -tx4 /dev/urandom | tr ' ' -)
    key=${key#-} id=$((0x${key%%-*}))
    request=$(printf '%s' "$params" | macie_broker__awk request) || exit
    macie_broker__find
    if [ -n "$descriptor" ]; then macie_broker__inherit; else macie_broker__connect; fi
}

# macie_broker__complain STATUS FAMILY MESSAGE [REMEDY]
macie_broker__complain() {
    status=$1 family=$2 message=$3 remedy=${4-}
    macie_broker__awk complain </dev/null
    exit "$1"
}

macie_broker__wrong() { macie_broker__complain 64 usage "$1" "macie-broker.sh --help lists the commands and options."; }

# macie_broker__none REASON [REMEDY]
macie_broker__none() {
    [ $# -gt 1 ] || set -- "$1; start one with macie-brokerd" "$next"
    macie_broker__complain 69 no-broker "no broker at $place ($why): $1" "$2"
}

# §1: the first place that applies, and no other.
macie_broker__find() {
    descriptor='' inherited='' where=/run/macie-broker/broker.sock why="the default place"
    next="Or say where one listens: MACIE_BROKER_SOCKET=PATH, or --socket PATH."
    if [ -n "$socket" ]; then
        where=$socket why="by --socket"
    elif [ -n "${MACIE_BROKER_FD-}" ]; then
        descriptor=$MACIE_BROKER_FD where='' why="the inherited descriptor"
        next="Unset MACIE_BROKER_FD, or set it to the number of an inherited socket that is connected to a broker."
    elif [ -n "${MACIE_BROKER_SOCKET-}" ]; then
        where=$MACIE_BROKER_SOCKET why="by MACIE_BROKER_SOCKET"
    elif case ${XDG_RUNTIME_DIR-} in /*) [ -e "$XDG_RUNTIME_DIR/macie-broker/broker.sock" ] ;; *) false ;; esac then
        where=$XDG_RUNTIME_DIR/macie-broker/broker.sock why="by XDG_RUNTIME_DIR"
    fi
    place=${where:-MACIE_BROKER_FD=$descriptor}
}

# Chooses who carries the bytes to the socket at $where, and asks. When the broker has hung up, what it said before must
# still be read (§2): for that socat has -s, and OpenBSD's nc is last, which does not always do so.
macie_broker__connect() {
    [ -e "$where" ] || macie_broker__none "there is no such socket"
    [ -S "$where" ] || macie_broker__none "this is not a socket"
    # A longer name does not fit into sockaddr_un, and socat would cut it: another broker's, perhaps.
    [ ${#where} -le 107 ] || macie_broker__none "a socket's path may have 107 bytes, this one has ${#where}"
    case $where in /*) ;; *) where=./$where ;; esac
    if command -v socat >/dev/null; then
        macie_broker__escape "$where"
        macie_broker__ask socat -s -t 86400 -b 65536 - "UNIX-CONNECT:$escaped"
    elif command -v python3 >/dev/null; then
        macie_broker__ask python3 -IS -c "$macie_broker__python" "$where"
    elif command -v ncat >/dev/null; then
        macie_broker__ask ncat -U "$where"
    elif macie_broker__nc_for_unix; then
        # shellcheck disable=SC2086  # -N or nothing
        macie_broker__ask nc $half_close -U "$where"
    else
        macie_broker__none "none of the programs is here that can connect a shell to a Unix socket" \
            "Install one of socat, python3, ncat and OpenBSD's nc (netcat-openbsd)."
    fi
}

# Several programs are called nc; those that know Unix sockets say so.
macie_broker__nc_for_unix() {
    command -v nc >/dev/null || return 1
    half_close=''
    case $(nc -h 2>&1 </dev/null) in
    *Ncat*-U*) ;;
    *-N*hutdown*-U*) half_close=-N ;;
    *-U*UNIX*) ;;
    *) return 1 ;;
    esac
}

# socat reads its addresses as a language: each of its characters gets a backslash.
macie_broker__escape() {
    escaped='' rest=$1
    while case $rest in *[!A-Za-z0-9/._-]*) ;; *) false ;; esac do
        plain=${rest%%[!A-Za-z0-9/._-]*}
        rest=${rest#"$plain"}
        tail=${rest#?}
        escaped=$escaped$plain\\${rest%"$tail"}
        rest=$tail
    done
    escaped=$escaped$rest
}

# The shell itself can use an inherited descriptor, unless its number is above 9 (dash, mksh) or it does not block.
macie_broker__inherit() {
    case $descriptor in *[!0-9]* | ???????????*) macie_broker__none "the value must be a number, in digits" ;; esac
    [ "$descriptor" -le 2147483647 ] || macie_broker__none "there is no descriptor with such a number"
    ! [ -d /dev/fd ] || [ -S "/dev/fd/$descriptor" ] || macie_broker__none "this is not an open, connected socket"
    by=python3 flags=''
    { while read -r name flags && [ "$name" != flags: ]; do :; done <"/proc/self/fdinfo/$descriptor"; } 2>/dev/null
    if (exec 9<&"$descriptor") 2>/dev/null; then
        # On 9 it is out of the way of the descriptors that are used below; mksh hands on only what a command names.
        [ "$descriptor" = 9 ] || exec 9<&"$descriptor"
        descriptor=9 inherited=9
        case $flags in *[4567]???) ;; *) by='sh' ;; esac
    fi
    if [ "$by" = sh ]; then
        # shellcheck disable=SC2016  # for the other shell
        macie_broker__ask sh -c 'trap "" PIPE; IFS= read -r line; printf "%s\n" "$line" >&9; exec cat <&9'
    elif command -v python3 >/dev/null; then
        macie_broker__ask python3 -IS -c "$macie_broker__python" "$descriptor"
    else
        macie_broker__none "this shell cannot use this descriptor: its number is above 9, or it does not block" \
            "Install python3, or pass a blocking descriptor from 3 to 9."
    fi
}

# A connected descriptor's number, or a path. Half-closes only what it has connected itself (§1.1).
macie_broker__python='
import os, select, socket, sys
def patient(act, event):
    while True:
        try:
            return act()
        except BlockingIOError:
            waiter = select.poll()
            waiter.register(fd, event)
            waiter.poll()
try:
    own = None if sys.argv[1].isdigit() else socket.socket(socket.AF_UNIX)
    if own:
        own.connect(sys.argv[1])
    fd = own.fileno() if own else int(sys.argv[1])
    line = sys.stdin.buffer.read()
    try:
        while line:
            line = line[patient(lambda: os.write(fd, line), select.POLLOUT):]
        if own:
            own.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    for data in iter(lambda: patient(lambda: os.read(fd, 65536), select.POLLIN), b""):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
except OSError as error:
    sys.exit("python3: " + str(error.strerror or error))
'

# macie_broker__ask TRANSPORT…: sends the request, reads until its answer is there, and ends as the answer says.
macie_broker__ask() {
    printf '%s\n' "$request" | macie_broker__carry "$@" | macie_broker__read | macie_broker__awk answer
    exit
}

# Runs the transport until it ends or the time is over. Writes its pid on a line, what the broker sends, and then,
# without beginning a line, the key, the transport's exit status and its complaints.
macie_broker__carry() {
    exec 3<&0 5>&1 2>/dev/null
    ended=$(
        # shellcheck disable=SC2016  # for the other shell, which becomes the transport
        sh -c 'echo "$$"; exec "$@"' sh "$@" 2>&1 >&5 <&3 9<&"${inherited:-3}" 3<&- 5>&- &
        tool=$!
        (
            # It may be told to end before it sleeps: $! is then still the tool.
            trap '[ "$!" = "$tool" ] || kill "$!"; exit' TERM
            sleep "$seconds" &
            wait "$!"
            case $? in
            0) kill "$tool" ;;
            1 | 2) sleep $((${seconds%%.*} + 1)) && kill "$tool" ;; # this sleep knows whole seconds only
            esac
        ) </dev/null >/dev/null 2>&1 3<&- 5>&- &
        guard=$!
        trap 'kill "$tool" "$guard"' HUP INT TERM
        wait "$tool"
        echo "$?"
        kill "$guard"
    )
    IFS='
'
    set -f
    # shellcheck disable=SC2086  # its lines
    set -- $ended
    for last in "$@"; do :; done
    IFS=' '
    printf '%s %s %s' "$key" "$last" "$*"
}

# Passes the broker's lines on, up to the answer, and then writes how it ended. Bytes come as they come: dd reads once.
# NUL becomes \001 (no shell can hold it), LF \002, so that IFS splits without losing empty lines. 1 MiB a line (§3).
macie_broker__read() {
    read -r tool
    mark=$(printf '\002')
    line='' done=''
    IFS=$mark
    set -f
    while [ -z "$done" ]; do
        chunk=$(dd bs=65536 count=1 2>/dev/null | tr '\000\002\n' '\001\001\002' && echo .)
        chunk=${chunk%.}
        [ -n "$chunk" ] || break
        case $chunk in *"$mark") open='' ;; *) open=yes ;; esac
        # shellcheck disable=SC2086  # the lines
        set -- $chunk
        while [ -z "$done" ] && [ $# -gt 0 ]; do
            line=$line$1
            printf '%s' "$1"
            shift
            if [ ${#line} -gt 1048576 ]; then
                case $line in *"$key "*) ;; *) done=long ;; esac
            elif [ $# -gt 0 ] || [ -z "$open" ]; then
                echo
                # Only whether to go on reading; awk judges what was read.
                case $line in
                *\"id\":\""$id"\"* | *\"id\":null*) done=answered ;;
                *\"id\":*) ;;
                *) done=answered ;;
                esac
                line=''
            fi
        done
    done
    [ -z "$done" ] || kill "$tool" 2>/dev/null
    # To look for the last words where there are none would take a shell minutes.
    case $done$line in
    "$key "*) done="empty ${line#"$key "}" ;;
    *"$key "*) done="cut ${line##*"$key "}" ;;
    esac
    printf '\n%s\n' "${done:-cut}"
}

# macie_broker__awk MODE
macie_broker__awk() {
    mode=$1 command=$command method=$method json=$json id=$id output=$output errors=$errors field=$field \
        profile=$profile region=$region given=$given age=$age seconds=$seconds status=$status family=$family \
        message=$message remedy=$remedy place=$place why=$why next=$next awk "$macie_broker__reader"
}

# Reads and judges JSON (§4), checks what came (§6, §7) and writes it for people or programs. POSIX awk, byte by byte.
# kind[] and value[] hold what was read, by paths like JSON pointers; size[] the numbers of members.
# shellcheck disable=SC2016  # awk
macie_broker__reader='
BEGIN {
    for (i = 1; i < 256; i++) { byte[i] = sprintf("%c", i); code[byte[i]] = i }
    # What is wrong somewhere in UTF-8: strays, overlong, surrogates, too big, cut. No pattern spans a whole text.
    c = "[\200-\277]"; other = "([^\200-\277]|$)"
    bad_utf8 = "[\300\301\365-\377]|(^|[\001-\177])" c "|[\302-\364]" other "|[\302-\337]" c c "|[\340-\364]" c other \
        "|[\340-\357]" c c c "|[\360-\364]" c c other "|[\360-\364]" c c c c \
        "|\340[\200-\237]|\355[\240-\277]|\360[\200-\217]|\364[\220-\277]"
    mode = ENVIRON["mode"]; command = ENVIRON["command"]; field = ENVIRON["field"]; left = -1
    if (mode == "complain")
        exit left = fail(ENVIRON["status"], ENVIRON["family"], ENVIRON["message"], ENVIRON["remedy"])
}
{ line[NR] = $0 }
END {
    if (left >= 0) exit left
    if (mode == "answer") exit conclude()
    for (i = 1; i <= NR; i++) text = text (i > 1 ? " " : "") line[i]
    if (mode == "request") exit request(text)
    if (!read(text, "")) exit usage("this is not JSON: " wrong)
    exit member("/" field)
}

# --- What goes to the broker ---

function request(params,   text) {
    if (!ENVIRON["json"]) {
        if (ENVIRON["given"] ~ /profile/) text = ",\"profile\":" quote(ENVIRON["profile"])
        if (ENVIRON["given"] ~ /region/) text = text ",\"region\":" quote(ENVIRON["region"])
        if (ENVIRON["age"] != "") text = text ",\"maxAgeSeconds\":" ENVIRON["age"]
        params = "{" substr(text, 2) "}"
    } else if (!read(params, "") || kind[""] != "object")
        return usage("the parameters are not a JSON object" (wrong == "" ? "" : ": " wrong))
    text = "{\"jsonrpc\":\"2.0\",\"id\":\"" ENVIRON["id"] "\",\"method\":" quote(ENVIRON["method"])
    text = text ",\"params\":" params "}"
    if (text ~ bad_utf8) return usage("the arguments are not UTF-8")
    print text
    return 0
}

function usage(text) { return fail(64, "usage", text, "macie-broker.sh --help lists the commands and options.") }

# --- What came from the broker ---

# Whole lines, a line that was not ended, and how it ended: answered, long, or cut|empty STATUS COMPLAINTS.
function conclude(   i, ended, how, text) {
    for (i = 1; i < NR - 1 && answer == ""; i++) {
        judge(line[i])
        if (wrong != "") return protocol(wrong)
    }
    if (answer == "result") return show()
    if (answer == "error") return refuse()
    split(line[NR], ended, " ")
    how = ended[1]
    if (how == "long") return protocol("a line longer than 1048576 bytes")
    if (how == "answered") return protocol("no reply that can be told from others")
    if (ended[2] == 143) # SIGTERM
        return fail(75, "timeout", "no answer within " ENVIRON["seconds"] " s", "Ask again, or raise --timeout.")
    text = line[NR]
    if (text ~ /Ncat: Invalid argument/) # what it says of EAGAIN from connect (§2)
        return fail(75, "timeout", "the broker is too busy to be connected to", "Wait a little and ask again.")
    sub(/^[a-z]+ [0-9]* ?/, "", text)
    if (how == "empty" && NR == 2 && ended[2] != 0 && text !~ /reset by peer|[Bb]roken pipe/) {
        text = "no broker at " ENVIRON["place"] " (" ENVIRON["why"] "): " text "; start one with macie-brokerd"
        return fail(69, "no-broker", text, ENVIRON["next"])
    }
    return fail(75, "closed", "the broker closed the connection before its answer was complete", "Ask again.")
}

function protocol(text) { return fail(70, "protocol", "this does not speak as macie-broker does: " text, "") }

# A reply to another request is passed over, but what is no reply at all is wrong.
function judge(text) {
    if (!read(text, "/(result|error)")) return
    if (kind[""] != "object") wrong = "a line that is not an object"
    else if (kind["/jsonrpc"] != "string" || value["/jsonrpc"] "" != "2.0") wrong = "a reply of no JSON-RPC 2.0"
    else if (("/result" in kind) == ("/error" in kind)) wrong = "a reply must have a result or an error"
    else if (kind["/id"] == "null" && "/result" in kind) wrong = "a result without an id"
    else if (kind["/id"] !~ /^(string|number|null)$/) wrong = "no id, or one of the wrong type"
    else if (kind["/id"] == "number" || (kind["/id"] == "string" && value["/id"] "" != ENVIRON["id"])) return
    else if ("/error" in kind) check("error:object error/code:integer error/message:string error/data:object" \
        " error/data/type:string error/data/origin:string error/data/retryable:boolean" \
        " error/data/retryAfterSeconds:seconds? error/data/httpStatus:integer? error/data/requestId:string?" \
        " error/data/remedy:string?", "/")
    else if (command == "session") check("result:object result/session:object result/session/createdAt:timestamp?" \
        " result/session/findingPublishingFrequency:string? result/session/serviceRole:string?" \
        " result/session/status:string? result/session/updatedAt:timestamp? result/provenance:object" \
        " result/provenance/profile:string result/provenance/region:string result/provenance/requestId:string?" \
        " result/provenance/fetchedAt:timestamp result/provenance/ageSeconds:seconds" \
        " result/provenance/cached:boolean result/provenance/attempts:integer", "/")
    else if (command == "whoami") check("result:object result/uid:integer result/gid:integer result/pid:integer" \
        " result/groups:array result/groups/*/gid:integer result/mode:string result/may:array" \
        " result/may/*/action:string result/may/*/profiles:array result/may/*/regions:array", "/")
    else if (command == "status") check("result:object result/name:string result/version:string" \
        " result/protocol:integer result/locked:boolean result/audit/available:boolean result/profiles:array" \
        " result/profiles/*/name:string result/profiles/*/credentials/state:string", "/")
    else check("result:object", "/")
    if (wrong == "") answer = "/error" in kind ? "error" : "result"
}

# check(RULES, PREFIX): each rule is path:type, with ? when it may be absent and /*/ for each element of an array.
function check(rules, prefix,   n, rule, i, part, path, j, star) {
    n = split(rules, rule, " ")
    for (i = 1; i <= n && wrong == ""; i++) {
        split(rule[i], part, ":")
        path = prefix part[1]
        star = index(path, "/*/")
        if (star)
            for (j = 0; j < size[substr(path, 1, star - 1)]; j++)
                check(substr(path, star + 3) ":" part[2], substr(path, 1, star) j "/")
        else if (path in kind) {
            sub(/\?$/, "", part[2])
            if (!is(part[2], kind[path], value[path])) wrong = substr(path, 2) " must be of type " part[2]
        } else if (part[2] !~ /\?$/) wrong = substr(path, 2) " is missing"
    }
}

function is(type, actual, text) {
    if (type == "integer") return actual == "number" && text ~ /^(0|-?[1-9][0-9]*)$/
    if (type == "seconds") return actual == "number" && text !~ /^-/
    if (type == "timestamp") return actual == "string" && is_timestamp(text)
    return actual == type
}

# RFC 3339; without a zone it is UTC.
function is_timestamp(text,   zone, year, month, days) {
    if (text !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]/) return 0
    zone = substr(text, 20)
    if (match(zone, /^\.[0-9]+/)) zone = RLENGTH > 10 ? "?" : substr(zone, RLENGTH + 1)
    if (zone !~ /^(Z|[-+][0-2][0-9]:[0-5][0-9])?$/ || substr(zone, 2, 2) + 0 > 23) return 0
    year = substr(text, 1, 4) + 0; month = substr(text, 6, 2) + 0; days = substr(text, 9, 2) + 0
    if (month < 1 || month > 12 || days < 1 || substr(text, 12, 2) + 0 > 23) return 0
    if (month == 2) return days <= 28 + ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0)
    return days <= 30 + (month < 8 ? month % 2 : 1 - month % 2)
}

# --- Writing ---

function refuse(   family, type, status) {
    family = value["/error/data/origin"] == "aws" ? "aws" : "broker"
    type = value["/error/data/type"]
    status = family == "aws" ? 1 : 70
    if (value["/error/data/retryable"] == "true") status = 75
    if (family == "broker" && type == "PermissionDenied") status = 77
    if (ENVIRON["errors"] == "json") complain("{\"family\":\"" family "\",\"error\":" safe(copy) "}")
    else return fail(status, "", type ": " value["/error/message"], value["/error/data/remedy"])
    return status
}

function fail(status, family, text, remedy) {
    if (ENVIRON["errors"] == "json") complain("{\"family\":" quote(family) ",\"error\":{\"message\":" quote(text) \
        (remedy == "" ? "" : ",\"data\":{\"remedy\":" quote(remedy) "}") "}}")
    else complain("macie-broker: " safe(text) (remedy == "" ? "" : "\n  next: " safe(remedy)))
    return status
}

# Not /dev/stderr, which cannot be opened when it is a socket.
function complain(text) { print text | "cat 1>&2"; close("cat 1>&2") }

# Control characters become harmless, on a terminal and in JSON: C0, DEL and C1.
function safe(text,   out, c) {
    while (match(text, /[\001-\037\177]|\302[\200-\237]/)) {
        c = substr(text, RSTART + RLENGTH - 1, 1)
        out = out substr(text, 1, RSTART - 1) sprintf("\\u%04x", code[c])
        text = substr(text, RSTART + RLENGTH)
    }
    return out text
}

function quote(text) { return "\"" safe(swap(swap(text, "\\", "\\\\"), "\"", "\\\"")) "\"" }

function show() {
    if (field != "") return member("/result/" field)
    if (ENVIRON["output"] == "json") print safe(copy)
    else if (command == "session") show_session("/result/session/", "/result/provenance/")
    else for (i = 0; i < paths; i++) if (order[i] ~ /^\/result\//) row(substr(order[i], 9), value[order[i]])
    return 0
}

function member(path) {
    gsub(/\./, "/", path)
    if (!(path in kind) && mode == "answer") sub(/^\/result/, "/result/session", path)
    if (!(path in kind)) return fail(70, "field", "the answer has no member " field, "")
    if (kind[path] ~ /object|array/) return fail(70, "field", "the member " field " is not a single value", "")
    print safe(value[path])
    return 0
}

function row(name, text) {
    gsub(/\//, ".", name)
    if (text != "") printf "%-" (command == "session" ? 20 : 32) "s%s\n", safe(name), safe(text)
}

function show_session(s, p,   often) {
    often = value[s "findingPublishingFrequency"]
    if (often == "FIFTEEN_MINUTES") often = "every 15 minutes"
    if (often == "ONE_HOUR") often = "every hour"
    if (often == "SIX_HOURS") often = "every 6 hours"
    row("status", value[s "status"])
    row("publishes findings", often)
    row("created", value[s "createdAt"])
    row("updated", value[s "updatedAt"])
    row("service role", value[s "serviceRole"])
    row("profile", value[p "profile"])
    row("region", value[p "region"])
    row("answer", (value[p "cached"] == "true" ? "from the cache of the broker, " : "from AWS, ") \
        value[p "ageSeconds"] " s ago" (value[p "requestId"] == "" ? "" : ", request " value[p "requestId"]))
}

# --- JSON ---

# read(TEXT, KEEP): reads TEXT, and keeps the text of the value whose path matches KEEP in copy. True if all is well.
# Between quotes are strings, elsewhere is structure: the text is split at its quotes, once escaped backslashes are
# marked as \001 and escaped quotes as \002; neither can be in a line of JSON as such.
function read(text, keep,   n, part, k) {
    split("", kind); split("", value); split("", size)
    wrong = at = copy = copied = ""; depth = paths = copying = 0; expected = "value"; kept = "^" keep "$"
    if (text ~ /[\001-\010\013\014\016-\037]/) wrong = "a control character"
    else if (text ~ /[\200-\377]/ && text ~ bad_utf8) wrong = "bytes that are not UTF-8"
    gsub(/\\\\/, "\001", text)
    gsub(/\\"/, "\002", text)
    n = split(text, part, "\"")
    if (wrong == "" && n && n % 2 == 0) wrong = "a string without an end"
    for (k = 1; k <= n && wrong == ""; k++) if (k % 2) structure(part[k]); else string(part[k])
    if (wrong == "" && expected != "end") wrong = "JSON that ends too early"
    copy = copied copy
    return wrong == ""
}

# By blocks, since in some awks the cost of substr grows with the length of what it is taken from.
function structure(text,   from, block, i, c, word) {
    for (from = 1; from <= length(text) && wrong == ""; from += 512) {
        block = substr(text, from, 512)
        for (i = 1; i <= length(block) && wrong == ""; i++) {
            c = substr(block, i, 1)
            if (!index("{}[]:, \t\r", c)) { word = word c; continue }
            if (word != "") literal(word)
            word = ""
            if (index("{}[]:,", c) && wrong == "") punctuation(c)
        }
    }
    if (word != "" && wrong == "") literal(word)
}

function literal(word) {
    if (word == "true" || word == "false") begin("boolean", word)
    else if (word == "null") begin("null", word)
    else if (word ~ /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/) begin("number", word)
    else wrong = "a word that is not JSON"
    keep_text(word)
}

function punctuation(c) {
    if (c == "{" || c == "[") {
        begin(c == "{" ? "object" : "array", "")
        if (depth == 1 && at ~ kept) copying = 2
        if (++depth > 32) wrong = "more than 32 levels"
        inside[depth] = c; outer[depth] = at; size[at] = 0
        expected = c == "{" ? "first name" : "first"
    } else if (c == ":") {
        if (expected != "colon") wrong = "a colon in the wrong place"
        expected = "value"
    } else if (c == ",") {
        if (expected != "next") wrong = "a comma in the wrong place"
        expected = inside[depth] == "{" ? "name" : "value"
    } else {
        if (!depth || inside[depth] != (c == "}" ? "{" : "[") || expected !~ /^(next|first)/ || \
            (expected == "first" && c == "}")) wrong = "a bracket in the wrong place"
        expected = depth > 1 ? "next" : "end"
    }
    keep_text(c)
    if (index("}]", c) && depth-- == copying) copying = 0
}

# A value begins: gives it its path, and says what may come after it.
function begin(type, text) {
    if (expected != "value" && expected != "first") { wrong = "something in the wrong place"; return }
    if (depth && inside[depth] == "[") at = outer[depth] "/" size[outer[depth]]++
    kind[at] = type; value[at] = text; order[paths++] = at
    expected = depth ? "next" : "end"
}

function string(raw,   text) {
    text = decode(raw)
    if (expected == "name" || expected == "first name") {
        text = swap(swap(text, "~", "~0"), "/", "~1")
        at = outer[depth] "/" text
        if (at in kind) wrong = "a name twice in one object"
        size[outer[depth]]++
        expected = "colon"
    } else begin("string", text)
    if (copying) keep_text("\"" swap(swap(raw, "\001", "\\\\"), "\002", "\\\"") "\"")
}

# Long texts grow by pieces: to append to what is long is slow.
function keep_text(text) {
    if (copying) copy = copy text
    if (length(copy) > 4096) { copied = copied copy; copy = "" }
}

function swap(text, mark, by,   n, part, i, out, piece) {
    if (!index(text, mark)) return text
    n = split(text, part, mark)
    piece = part[1]
    for (i = 2; i <= n; i++) {
        piece = piece by part[i]
        if (length(piece) > 4096) { out = out piece; piece = "" }
    }
    return out piece
}

# The string that RAW stands for.
function decode(raw,   n, part, i, out, piece, letter, number, low) {
    if (raw ~ /[\011\015]/) wrong = "a control character in a string"
    if (raw !~ /[\\\001\002]/) return raw
    n = split(raw, part, "\\")
    piece = unmark(part[1])
    for (i = 2; i <= n && wrong == ""; i++) {
        letter = substr(part[i], 1, 1)
        if (letter == "u") {
            number = hex(substr(part[i], 2, 4)); low = -1
            if (number >= 55296 && number <= 56319 && i < n && length(part[i]) == 5 && part[i + 1] ~ /^u/)
                low = hex(substr(part[i + 1], 2, 4))
            if (low >= 56320 && low <= 57343) { number = 65536 + (number - 55296) * 1024 + low - 56320; i++ }
            if (number < 1 || (number >= 55296 && number <= 57343)) wrong = "an escape that stands for no character"
            piece = piece utf8(number) unmark(substr(part[i], 6))
        } else if (letter != "" && index("bfnrt/", letter))
            piece = piece substr("\b\f\n\r\t/", index("bfnrt/", letter), 1) unmark(substr(part[i], 2))
        else wrong = "an escape that JSON has not"
        if (length(piece) > 4096) { out = out piece; piece = "" }
    }
    return out piece
}

function unmark(text) { return swap(swap(text, "\001", "\\"), "\002", "\"") }

function hex(text,   i, number) {
    if (text !~ /^[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]$/) return -1
    for (i = 1; i <= 4; i++) number = number * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
    return number
}

function utf8(n) {
    if (n < 128) return byte[n]
    if (n < 2048) return byte[192 + int(n / 64)] byte[128 + n % 64]
    if (n < 65536) return byte[224 + int(n / 4096)] byte[128 + int(n / 64) % 64] byte[128 + n % 64]
    return byte[240 + int(n / 262144)] byte[128 + int(n / 4096) % 64] byte[128 + int(n / 64) % 64] byte[128 + n % 64]
}
'

# Run as a command, not read by another script.
case ${0##*/} in
macie-broker*) macie_broker "$@" ;;
esac
