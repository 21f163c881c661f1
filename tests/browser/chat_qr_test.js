// The page's QR codes, read again by a reader that shares nothing with it, and against two made elsewhere.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {part} from './parts.js';

const {qr} = await part('text/qr.js');

// Of level M (ISO/IEC 18004, table 9): words in all, words for correction in each block, blocks.
const kLayout = [
    [26, 10, 1],
    [44, 16, 1],
    [70, 26, 1],
    [100, 18, 2],
    [134, 24, 2],
    [172, 16, 4],
    [196, 18, 4],
    [242, 22, 4],
    [292, 22, 5],
    [346, 26, 5],
];
const kMasks = [
    (i, j) => (i + j) % 2,
    (i) => i % 2,
    (i, j) => j % 3,
    (i, j) => (i + j) % 3,
    (i, j) => ((i >> 1) + Math.trunc(j / 3)) % 2,
    (i, j) => ((i * j) % 2) + ((i * j) % 3),
    (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2,
    (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2,
];
const kFormat = 0b101010000010010;

const bitAt = (rows, x, y) => (rows[y][x] ? 1 : 0);

// Five bits with ten to check them: those whose division by the generator leaves something are none.
function formatOf(rows) {
    const size = rows.length;
    const first = [0, 1, 2, 3, 4, 5, 7, 8]
        .map((x) => bitAt(rows, x, 8))
        .concat([7, 5, 4, 3, 2, 1, 0].map((y) => bitAt(rows, 8, y)));
    const second = Array.from({length: 7}, (_, i) => bitAt(rows, 8, size - 1 - i)).concat(
        Array.from({length: 8}, (_, i) => bitAt(rows, size - 8 + i, 8))
    );
    assert.deepEqual(first, second, 'both copies of the format agree');
    const bits = parseInt(first.join(''), 2) ^ kFormat;
    let rest = bits;
    for (let i = 14; i >= 10; --i) if ((rest >> i) & 1) rest ^= 0b10100110111 << (i - 10);
    assert.equal(rest, 0, 'the format is whole');
    assert.equal(bits >> 13, 0, 'level M');
    return (bits >> 10) & 7;
}

// Six bits with twelve to check them, twice.
function versionOf(rows) {
    const far = (i) => rows.length - 11 + (i % 3);
    const bits = Array.from({length: 18}, (_, i) => bitAt(rows, Math.floor(i / 3), far(i)));
    assert.deepEqual(
        bits,
        Array.from({length: 18}, (_, i) => bitAt(rows, far(i), Math.floor(i / 3))),
        'both copies of the version agree'
    );
    const value = parseInt(bits.reverse().join(''), 2);
    let rest = value;
    for (let i = 17; i >= 12; --i) if ((rest >> i) & 1) rest ^= 0b1111100100101 << (i - 12);
    assert.equal(rest, 0, 'the version is whole');
    return value >> 12;
}

function isFunction(x, y, version) {
    const size = 17 + 4 * version;
    if ((x < 9 && y < 9) || (x < 9 && y >= size - 8) || (x >= size - 8 && y < 9) || x === 6 || y === 6) return true;
    if (version >= 7 && ((x < 6 && y >= size - 11) || (y < 6 && x >= size - 11))) return true;
    if (version === 1) return false;
    const last = size - 7;
    const centres = version < 7 ? [6, last] : [6, (last + 6) / 2, last];
    const near = (a) => centres.find((centre) => Math.abs(centre - a) <= 2);
    const [cx, cy] = [near(x), near(y)];
    return cx !== undefined && cy !== undefined && !(cx === 6 && cy === last) && !(cx === last && cy === 6);
}

function read(rows) {
    const version = (rows.length - 17) / 4;
    const mask = kMasks[formatOf(rows)];
    if (version >= 7) assert.equal(versionOf(rows), version);
    const bits = [];
    for (let pair = 0, right = rows.length - 1; right > 0; right -= right === 8 ? 3 : 2, ++pair) {
        for (let i = 0; i < rows.length; ++i) {
            const y = pair % 2 === 0 ? rows.length - 1 - i : i;
            for (const x of [right, right - 1])
                if (!isFunction(x, y, version)) bits.push(bitAt(rows, x, y) ^ (mask(y, x) === 0 ? 1 : 0));
        }
    }
    const [total, correction, count] = kLayout[version - 1];
    const words = Array.from({length: total}, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8).join(''), 2));
    const blocks = Array.from({length: count}, () => []);
    const small = Math.floor(total / count) - correction;
    const long = total % count;
    let at = 0;
    for (let i = 0; i < small; ++i) for (const block of blocks) block.push(words[at++]);
    for (const block of blocks.slice(count - long)) block.push(words[at++]);
    const data = blocks.flatMap((block) => [...block]);
    for (let i = 0; i < correction; ++i) for (const block of blocks) block.push(words[at++]);
    blocks.forEach((block) =>
        assert.ok(
            syndromes(block, correction).every((value) => value === 0),
            'every block is whole'
        )
    );
    const stream = data.map((word) => word.toString(2).padStart(8, '0')).join('');
    assert.equal(stream.slice(0, 4), '0100', 'byte mode');
    const width = version < 10 ? 8 : 16;
    const length = parseInt(stream.slice(4, 4 + width), 2);
    const bytes = Array.from({length}, (_, i) => parseInt(stream.substr(4 + width + 8 * i, 8), 2));
    return new TextDecoder().decode(Uint8Array.from(bytes));
}

// Of a whole block the polynomial is 0 at 1, 2, 4, …
function syndromes(block, count) {
    const times = (a, b) => {
        let product = 0;
        for (; b > 0; b >>= 1, a = a & 128 ? ((a << 1) ^ 0x11d) & 255 : a << 1) if (b & 1) product ^= a;
        return product;
    };
    let at = 1;
    return Array.from({length: count}, () => {
        const value = block.reduce((sum, word) => times(sum, at) ^ word, 0);
        at = times(at, 2);
        return value;
    });
}

test('lengths up to 213 bytes are read as they were written', () => {
    const text = 'https://chat.example.org/chat/#join=' + 'aB3xY9Zk'.repeat(40);
    for (let length = 1; length <= 213; length += 4)
        assert.equal(read(qr(text.slice(0, length))), text.slice(0, length));
    assert.equal(read(qr('Grüße, 世界')), 'Grüße, 世界');
});

test('what is longer has none', () => {
    assert.equal(qr('x'.repeat(214)), null);
    assert.equal(qr('ü'.repeat(107)), null);
});

test('as another encoder makes them', () => {
    const hex = (text) =>
        qr(text)
            .map((row) => parseInt(row.map(Number).join(''), 2).toString(16))
            .join(' ');
    assert.equal(
        hex('Station'),
        '1fc77f 105441 174b5d 174f5d 17595d 104d41 1fd57f 300 154e12 d0061 7c917 191071 196561 16b8 1fc2ff 104b91 1756eb 174872 175935 104042 1fd143'
    );
    assert.equal(
        hex('https://chat.example.org/chat/#join=aB3xY9ZkaB3xY9ZkaB3xY9Zk'),
        '1fc487a7f 104ce4941 1757b3e5d 175462f5d 1751afa5d 105af9c41 1fd55557f 1242f00 ' +
            '17cf9a77c c2e12f6d fce3d116 1c2f658df aed2c19b d23d36e3 13652c9fe 1ad86bec 16e48a6b1 1a1a57a6d 5612c076 1c0f21d3d 7b9b4a9 1a2f31c89 166439802 ' +
            '1636a0de4 12d60e7fb 1a5f115 1fcc74b56 105ac4b1f 175b31df8 175f0a59b 175fb9c6c 104b20e5c 1fdb0b5a2'
    );
});
