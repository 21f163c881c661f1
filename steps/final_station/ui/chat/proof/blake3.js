// BLAKE3 with an output of 32 bytes, of bytes that are there as a whole (https://github.com/BLAKE3-team/BLAKE3-specs,
// section 2): chunks of 1,024 bytes, each a chain of blocks of 64, are the leaves of a binary tree whose left side is
// full.
const kInitial = Uint32Array.of(
    0x6a09e667,
    0xbb67ae85,
    0x3c6ef372,
    0xa54ff53a,
    0x510e527f,
    0x9b05688c,
    0x1f83d9ab,
    0x5be0cd19
);
const kOrder = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const kQuarters = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];
const kRounds = 7;
const kBlock = 64;
const kChunk = 1024;
const kChunkStart = 1;
const kChunkEnd = 2;
const kParent = 4;
const kRoot = 8;

// bytes: Uint8Array. Returns 32 bytes.
export function blake3(bytes) {
    const words = bytes.length <= kChunk ? chunk(bytes, 0, kRoot) : tree(bytes, 0, kRoot);
    const hash = new Uint8Array(32);
    const view = new DataView(hash.buffer);
    words.forEach((word, i) => view.setUint32(4 * i, word, true));
    return hash;
}

// The chaining value over bytes whose first chunk has the number `first`.
function tree(bytes, first, root) {
    if (bytes.length <= kChunk) return chunk(bytes, first, 0);
    const chunks = Math.ceil(bytes.length / kChunk);
    const left = 2 ** (31 - Math.clz32(chunks - 1));  // the largest power of two that leaves something to the right
    const block = new Uint32Array(16);
    block.set(tree(bytes.subarray(0, left * kChunk), first, 0), 0);
    block.set(tree(bytes.subarray(left * kChunk), first + left, 0), 8);
    return compress(kInitial, block, 0, kBlock, kParent | root);
}

function chunk(bytes, number, root) {
    let chaining = kInitial;
    for (let at = 0; ; at += kBlock) {
        const last = at + kBlock >= bytes.length;
        const piece = bytes.subarray(at, at + kBlock);
        const flags = (at === 0 ? kChunkStart : 0) | (last ? kChunkEnd | root : 0);
        chaining = compress(chaining, wordsOf(piece), number, piece.length, flags);
        if (last) return chaining;
    }
}

function wordsOf(piece) {
    const padded = new Uint8Array(kBlock);
    padded.set(piece);
    const view = new DataView(padded.buffer);
    return Uint32Array.from({length: 16}, (_, i) => view.getUint32(4 * i, true));
}

function compress(chaining, block, counter, length, flags) {
    const v = new Uint32Array(16);
    v.set(chaining);
    v.set(kInitial.subarray(0, 4), 8);
    v.set([counter, Math.floor(counter / 2 ** 32), length, flags], 12);
    let words = block;
    for (let round = 0; round < kRounds; ++round) {
        for (let i = 0; i < 8; ++i) mix(v, kQuarters[i], words[2 * i], words[2 * i + 1]);
        words = kOrder.map((from) => words[from]);
    }
    return Uint32Array.from({length: 8}, (_, i) => v[i] ^ v[i + 8]);
}

// The typed array keeps sums and rotations within 32 bits.
function mix(v, [a, b, c, d], x, y) {
    v[a] += v[b] + x;
    v[d] = turned(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = turned(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = turned(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = turned(v[b] ^ v[c], 7);
}

function turned(word, by) {
    return (word >>> by) | (word << (32 - by));
}
