// Strict JSON: PROTOCOL.md, 4. JSON.parse sees to the grammar; this to what it lets through.
import { ProtocolError } from "./errors.js";

const levels = 32;
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const integer = /^(?:0|-?[1-9]\d*)$/;
const halfPair = /\p{Surrogate}/u; // with this flag a whole pair is one character, and not of this class
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The value of one line. `integers` has the paths, with dots, of numbers that must be written as integers. */
export function parseStrictly(bytes, integers) {
    let text, value;
    try {
        text = utf8.decode(bytes);
        value = JSON.parse(text);
    } catch {
        throw new ProtocolError(text === undefined ? "a line is not UTF-8" : "a line is not JSON");
    }
    inspect(text, integers);
    return value;
}

/** Walks over text that is JSON, and throws at the first thing that two parsers could take differently. */
function inspect(text, integers) {
    const names = []; // of each open object: those seen; of an array: undefined
    const path = []; // of each open object: the name whose value comes
    for (let at = 0; at < text.length; at += 1) {
        const character = text[at];
        if (character === '"') {
            const end = endOfString(text, at);
            const string = decoded(text.slice(at, end));
            at = end - 1;
            if (!isName(text, end)) continue;
            if (names.at(-1).has(string)) throw new ProtocolError("a name appears twice in one object");
            names.at(-1).add(string);
            path[names.length - 1] = string;
        } else if (character === "{" || character === "[") {
            names.push(character === "{" ? new Set() : undefined);
            if (names.length > levels) throw new ProtocolError(`a line has more than ${levels} levels`);
        } else if (character === "}" || character === "]") {
            names.pop();
            path.length = Math.min(path.length, names.length);
        } else if (character === "-" || (character >= "0" && character <= "9")) {
            number.lastIndex = at;
            const [digits] = number.exec(text);
            at += digits.length - 1;
            if (integer.test(digits) || !integers.has(path.join("."))) continue;
            throw new ProtocolError(`${path.join(".")} is not written as an integer`);
        }
    }
}

function endOfString(text, start) {
    for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
        let before = end;
        while (text[before - 1] === "\\") before -= 1;
        if ((end - before) % 2 === 0) return end + 1;
    }
}

/** What a string says. In UTF-8, without control characters, only an escape can say what a string must not. */
function decoded(quoted) {
    if (!quoted.includes("\\")) return quoted.slice(1, -1);
    const string = JSON.parse(quoted);
    if (string.includes("\0")) throw new ProtocolError("a string holds U+0000");
    if (halfPair.test(string)) throw new ProtocolError("a string holds half of a surrogate pair");
    return string;
}

function isName(text, at) {
    while (" \t\r\n".includes(text[at])) at += 1;
    return text[at] === ":";
}
