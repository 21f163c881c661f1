// What the page makes of a proof: a right one holds, and whatever is changed in it is found and named.
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {part} from './parts.js';

const {blake3} = await part('proof/blake3.js');
const {joined, toHex} = await part('proof/bytes.js');
const {checkProof, readHead} = await part('proof/check.js');
const {leafOf, readEvent} = await part('proof/event.js');
const {isConsistent, rootOfInclusion} = await part('proof/merkle.js');
const {Unpacker} = await part('proof/message_pack.js');

const kGolden = new URL('../ledger/golden/', import.meta.url);
const encoder = new TextEncoder();

// As much of MessagePack as an event needs.
function pack(value) {
    if (value === null) return Uint8Array.of(0xc0);
    if (value instanceof Uint8Array) return joined(Uint8Array.of(0xc4, value.length), value);
    if (typeof value === 'string') {
        const text = encoder.encode(value);
        return joined(
            text.length < 32
                ? Uint8Array.of(0xa0 | text.length)
                : Uint8Array.of(0xda, text.length >> 8, text.length & 255),
            text
        );
    }
    if (typeof value === 'bigint') {
        const bytes = new Uint8Array(9);
        bytes[0] = 0xcf;
        new DataView(bytes.buffer).setBigUint64(1, value);
        return bytes;
    }
    if (typeof value === 'number')
        return value < 128 ? Uint8Array.of(value) : Uint8Array.of(0xcd, value >> 8, value & 255);
    return joined(
        Uint8Array.of(0x80 | Object.keys(value).length),
        ...Object.entries(value).flatMap(([key, member]) => [pack(key), pack(member)])
    );
}

const bytesOf = (id) => Uint8Array.from(id.replaceAll('-', '').match(/../g), (pair) => parseInt(pair, 16));
const idOf = (number) => `018bcfe5-6800-7abc-8000-${String(number).padStart(12, '0')}`;
const kRoom = '018bcfe5-6800-7abc-8123-456789abcdef';
const kAuthor = '018bcfe5-6800-7abc-8123-0000000000aa';
const kAt = 1700000000123456000n;

function makeEvent({
    id = idOf(7),
    kind = 0x4001,
    payload,
    room = kRoom,
    time = kAt / 1000n,
    prev = new Uint8Array(32),
}) {
    const packed = pack(payload);
    const header = pack({
        event_id: bytesOf(id),
        correlation_id: bytesOf(id),
        causation_id: null,
        timestamp_us: time,
        position: {wall_ms: 1, counter: 0, depth: 0, lane: 0, sequence: 0},
        payload_size: packed.length,
        event_kind: kind,
        flags: 0,
        content_hash: blake3(packed),
    });
    const hash = blake3(joined(prev, encoder.encode(`room:${room}\0chat\0`), header));
    const event = joined(
        Uint8Array.of(0x83),
        pack('event'),
        Uint8Array.of(0x83),
        pack('header'),
        header,
        pack('payload'),
        packed,
        pack('hash_chain'),
        pack({prev_hash: prev, event_hash: hash}),
        pack('entity'),
        pack(`room:${room}`),
        pack('scope'),
        pack('chat')
    );
    return {bytes: event, hash};
}

// RFC 9162's definitions, 2.1.1 to 2.1.4, once more.
const half = (n) => 2 ** Math.floor(Math.log2(n - 1));
const node = (left, right) => blake3(joined(Uint8Array.of(1), left, right));
const rootOf = (leaves) =>
    leaves.length === 0
        ? blake3(new Uint8Array(0))
        : leaves.length === 1
          ? leaves[0]
          : node(rootOf(leaves.slice(0, half(leaves.length))), rootOf(leaves.slice(half(leaves.length))));
function pathOf(index, leaves) {
    if (leaves.length === 1) return [];
    const k = half(leaves.length);
    return index < k
        ? [...pathOf(index, leaves.slice(0, k)), rootOf(leaves.slice(k))]
        : [...pathOf(index - k, leaves.slice(k)), rootOf(leaves.slice(0, k))];
}
function extensionOf(old, leaves, known = true) {
    if (old === leaves.length) return known ? [] : [rootOf(leaves)];
    const k = half(leaves.length);
    return old <= k
        ? [...extensionOf(old, leaves.slice(0, k), known), rootOf(leaves.slice(k))]
        : [...extensionOf(old - k, leaves.slice(k), false), rootOf(leaves.slice(0, k))];
}

const kLeaves = Array.from({length: 40}, (_, i) => leafOf(blake3(encoder.encode(String(i)))));
const shortTest = (bits) =>
    bits.map((_, i) =>
        bits.map((bit, at) => (at === i ? joined(bit.subarray(0, 31), Uint8Array.of(bit[31] ^ 1)) : bit))
    );

test('inclusion in trees of all sizes up to 40', () => {
    for (let size = 1; size <= kLeaves.length; ++size) {
        const leaves = kLeaves.slice(0, size);
        const root = toHex(rootOf(leaves));
        leaves.forEach((leaf, index) => {
            const path = pathOf(index, leaves);
            const found = (...more) => rootOfInclusion(leaf, BigInt(index), BigInt(size), more[0] ?? path);
            assert.equal(toHex(found()), root, `${index} of ${size}`);
            assert.equal(found([...path, leaf]), null);
            if (path.length > 0) assert.equal(found(path.slice(0, -1)), null);
            if (path.length > 0) assert.notEqual(toHex(found(path.slice(1)) ?? leaf), root);
            for (const wrong of shortTest(path)) assert.notEqual(toHex(found(wrong)), root);
        });
    }
    assert.equal(rootOfInclusion(kLeaves[0], 1n, 1n, []), null);
});

test('extension of trees of all sizes up to 24', () => {
    for (let size = 1; size <= 24; ++size) {
        for (let old = 1; old <= size; ++old) {
            const proof = {
                oldSize: BigInt(old),
                oldRoot: rootOf(kLeaves.slice(0, old)),
                size: BigInt(size),
                root: rootOf(kLeaves.slice(0, size)),
                path: extensionOf(old, kLeaves.slice(0, size)),
            };
            assert.ok(isConsistent(proof), `${old} to ${size}`);
            assert.ok(!isConsistent({...proof, oldRoot: kLeaves[39]}));
            assert.ok(!isConsistent({...proof, path: [...proof.path, kLeaves[0]]}));
            for (const path of shortTest(proof.path)) assert.ok(!isConsistent({...proof, path}));
        }
    }
    assert.ok(isConsistent({oldSize: 0n, oldRoot: rootOf([]), size: 9n, root: kLeaves[0], path: []}));
    assert.ok(!isConsistent({oldSize: 9n, oldRoot: kLeaves[0], size: 8n, root: kLeaves[0], path: []}));
});

test("the ledger's golden events are read, and one bit is enough to fail", () => {
    const names = readdirSync(kGolden).filter((name) => name.endsWith('.hex') && name !== 'header.hex');
    assert.ok(names.length > 5);
    for (const name of names) {
        const bytes = Uint8Array.from(
            readFileSync(new URL(name, kGolden), 'ascii').replace(/\s/g, '').match(/../g),
            (pair) => parseInt(pair, 16)
        );
        assert.match(readEvent(bytes).id, /^[0-9a-f-]{36}$/);
        for (let at = 0; at < bytes.length; ++at) {
            const changed = Uint8Array.from(bytes);
            changed[at] ^= 1;
            assert.throws(
                () => {
                    const event = readEvent(changed);
                    // What no hash covers is only the hash's own place in the map, which is compared.
                    assert.fail(`${name}: byte ${at} changed, and it is still ${event.id}`);
                },
                (error) => error.code !== 'ERR_ASSERTION',
                `${name}, byte ${at}`
            );
        }
    }
});

test('MessagePack that lies about its lengths ends with an error', () => {
    for (const bytes of [
        [0xdd, 255, 255, 255, 255],
        [0xdf, 255, 255, 255, 255, 1],
        [0xdb, 255, 255, 255, 255],
        [0xc6, 127, 255, 255, 255, 0],
        [0xc1],
        [],
        [0xd9, 2, 0xc3, 0x28],
        [...new Array(100).fill(0x91), 0xc0],
        [...new Array(100).fill([0x81, 0xa0]).flat(), 0xc0],
    ]) {
        assert.throws(() => new Unpacker(Uint8Array.from(bytes)).value());
    }
    assert.equal(new Unpacker(Uint8Array.of(0xcf, 255, 255, 255, 255, 255, 255, 255, 255)).value(), 2n ** 64n - 1n);
});

function proofOf({event, message, old = null}) {
    const leaves = kLeaves.slice(0, 20);
    leaves[13] = leafOf(event.hash);
    const head = {ledger: 'chat', origin: idOf(0), size: 20, root: toHex(rootOf(leaves))};
    const answer = {
        head,
        index: 13,
        path: pathOf(13, leaves).map(toHex),
        extension: old === null ? [] : extensionOf(old, leaves).map(toHex),
        event: Buffer.from(event.bytes).toString('base64'),
    };
    const pinned = old === null ? null : readHead({...head, size: old, root: toHex(rootOf(leaves.slice(0, old)))});
    return {answer, message, pinned};
}

const kMessage = {
    id: idOf(7),
    room: kRoom,
    creator: {id: kAuthor, name: 'A'},
    content: 'Grüße, 世界 🎉',
    created_at: String(kAt),
    edited_at: null,
};
const kPosted = makeEvent({payload: {by: kAuthor, content: kMessage.content, client_message_id: 'x', mentions: {}}});

test('a right proof holds: the first in this browser, and a later one', () => {
    for (const old of [null, 1, 8, 13, 20]) {
        const {fine, steps, head} = checkProof(proofOf({event: kPosted, message: kMessage, old}));
        assert.ok(fine, JSON.stringify(steps));
        assert.equal(steps.length, 5);
        assert.equal(head.size, 20n);
    }
    const edited = {...kMessage, content: 'Changed', edited_at: String(kAt + 5000n)};
    const event = makeEvent({
        id: idOf(9),
        kind: 0x4002,
        time: kAt / 1000n + 5n,
        payload: {message: kMessage.id, by: kAuthor, content: 'Changed', mentions: {}},
    });
    assert.ok(checkProof(proofOf({event, message: edited})).fine);
});

const kLies = {
    'another text is shown': [{message: {...kMessage, content: `${kMessage.content} `}}, 'Text'],
    'another author': [{message: {...kMessage, creator: {id: idOf(1), name: 'B'}}}, 'Message'],
    'another room': [{message: {...kMessage, room: idOf(1)}}, 'Message'],
    'another message': [{message: {...kMessage, id: idOf(8)}}, 'Message'],
    'another time': [{message: {...kMessage, created_at: String(kAt + 1000n)}}, 'Message'],
    'a first writing for an edit': [{message: {...kMessage, edited_at: String(kAt)}}, 'Message'],
    'a boost for an edit': [
        {
            message: {...kMessage, content: '+1'},
            event: makeEvent({
                id: idOf(9),
                kind: 0x4004,
                payload: {message: kMessage.id, by: kAuthor, content: '+1'},
            }),
        },
        'Message',
    ],
    'the record is elsewhere': [{change: (answer) => (answer.index = 12)}, 'Place'],
    'the record is said to be the first': [{change: (answer) => (answer.head.origin = kMessage.id)}, 'Place'],
    'a byte of the record': [
        {
            change: (answer) =>
                (answer.event =
                    answer.event.slice(0, 300) + (answer.event[300] === 'A' ? 'B' : 'A') + answer.event.slice(301)),
        },
        'Record',
    ],
    'the path is cut': [{change: (answer) => answer.path.pop()}, 'Place'],
    'the path is no list of hashes': [{change: (answer) => (answer.path = ['nonsense'])}, 'Place'],
    'another root': [{change: (answer) => (answer.head.root = toHex(kLeaves[1]))}, 'Place'],
    'a history that was rewritten': [
        {old: 8, change: (answer) => (answer.extension[0] = toHex(kLeaves[1]))},
        'History',
    ],
    'a history that was cut': [{old: 20, change: (answer) => (answer.head.size = 19)}, 'History', /shorter/],
    'another ledger': [{old: 8, change: (answer) => (answer.head.ledger = 'other')}, 'History'],
    'another beginning': [{old: 8, change: (answer) => (answer.head.origin = idOf(3))}, 'History'],
    'no head at all': [{change: (answer) => (answer.head = {})}, 'History'],
};

for (const [
    name,
    [{message = kMessage, event = kPosted, old = null, change = () => {}}, where, words = null],
] of Object.entries(kLies)) {
    test(`found: ${name}`, () => {
        const proof = proofOf({event, message, old});
        change(proof.answer);
        const {fine, steps} = checkProof(proof);
        assert.equal(fine, false);
        assert.equal(steps.at(-1).name, where, JSON.stringify(steps.at(-1)));
        if (words) assert.match(steps.at(-1).words, words);
        assert.ok(steps.slice(0, -1).every((step) => step.fine));
    });
}
