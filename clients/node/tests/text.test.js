import assert from "node:assert/strict";
import { test } from "node:test";
import { parseStrictly } from "../src/json.js";
import { locate } from "../src/place.js";
import { dateOf } from "../src/reply.js";

const integers = new Set(["a.b"]);
const parse = (text) => parseStrictly(Buffer.from(text), integers);

const plain = [
    '{"a":{"b":-5},"b":{"b":1.5}}', '{"a":1,"b":{"a":"\\"a\\\\"}}', '[{"a":1},{"a":2}]',
    '"\\ud83d\\ude00 {\\"a\\":1"',
];
for (const text of plain) {
    test(`taken: ${text}`, () => assert.deepEqual(parse(text), JSON.parse(text)));
}

const ambiguous = [
    '{"a":1,"\\u0061":2}', '{"x":[{"y":1,"y":1}]}', '{"a":"\\ud800"}', '{"a":"\\u0000"}', '{"a\\u0000":1}',
    '{"a":{"b":1.0}}',
    '{"a":{"b":-0}}', '{"a":{"b":1e1}}', `${"[".repeat(33)}${"]".repeat(33)}`, "\ufeff{}", '{"a":"\\\\","a":1}',
];
for (const text of ambiguous) {
    test(`refused: ${text}`, () => assert.throws(() => parse(text), { name: "ProtocolError" }));
}

test("a long line takes time in proportion, whatever is in it", () => {
    const members = Array.from({ length: 60_000 }, (_, number) => `"${number}":"\\\\"`);
    const escapes = ["\\\\", '\\"'].map((escape) => `"${escape.repeat(500_000)}"`);
    for (const text of [`{${members}}`, ...escapes, `[${"1,".repeat(500_000)}1]`]) {
        const start = performance.now();
        parse(text);
        assert.ok(performance.now() - start < 2_000, text.slice(0, 20));
    }
});

const instants = [
    ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000Z"], ["2024-02-29T23:59:59.9999999Z", "2024-02-29T23:59:59.999Z"],
    ["2024-03-01T01:00:00+01:30", "2024-02-29T23:30:00.000Z"],
    ["2024-03-01t01:00:00.5-00:15", "2024-03-01T01:15:00.500Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"], ["0050-01-01T00:00:00", "0050-01-01T00:00:00.000Z"],
];
for (const [text, instant] of instants) {
    test(`${text} is ${instant}`, () => assert.equal(dateOf(text).toISOString(), instant));
}

const noInstants = [
    "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:00.Z",
    "2024-01-01 00:00:00Z",
    "2024-01-01T00:00:00.1234567890Z", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00Z", 5, null,
];
for (const text of noInstants) test(`${text} is no instant`, () => assert.equal(dateOf(text), undefined));

test("the broker is looked for in the protocol's order", () => {
    const environment = { MACIE_BROKER_FD: "7", MACIE_BROKER_SOCKET: "/b", XDG_RUNTIME_DIR: "/nowhere" };
    assert.equal(locate("/a", environment).path, "/a");
    assert.equal(locate(undefined, environment).descriptor, 7);
    assert.equal(locate(undefined, { ...environment, MACIE_BROKER_FD: "" }).path, "/b");
    const usual = locate(undefined, { XDG_RUNTIME_DIR: "/nowhere" });
    assert.equal(usual.path, "/run/macie-broker/broker.sock");
    assert.match(usual.why, /there is no \/nowhere\/macie-broker\/broker\.sock/);
});
