// QR codes (ISO/IEC 18004) in byte mode, level M, versions 1 to 10: up to 213 bytes. qr_matrix.js lays the modules
// out.
import {matrixOf} from './qr_matrix.js';

// Of each version from 1 on: codewords for error correction in a block; the blocks' data codewords.
const kVersions = [
    [10, [16]],
    [16, [28]],
    [26, [44]],
    [18, [32, 32]],
    [24, [43, 43]],
    [16, [27, 27, 27, 27]],
    [18, [31, 31, 31, 31]],
    [22, [38, 38, 39, 39]],
    [22, [36, 36, 36, 37, 37]],
    [26, [43, 43, 43, 43, 44]],
];
const kByteMode = 4;
const kPadding = [0xec, 0x11];

// Powers of 2 in the field of 256 elements with x^8 + x^4 + x^3 + x^2 + 1.
const kPowers = [];
const kLogarithms = [];
for (let i = 0, value = 1; i < 255; ++i) {
    kPowers.push(value);
    kLogarithms[value] = i;
    value = value < 128 ? value * 2 : (value * 2) ^ 0x11d;
}

// Rows of booleans, true where it is dark, without the quiet zone of 4; null where the text is too long.
export function qr(text) {
    const bytes = new TextEncoder().encode(text);
    const version =
        kVersions.findIndex(([, blocks], i) => bytes.length * 8 + 4 + countBits(i + 1) <= sum(blocks) * 8) + 1;
    return version === 0 ? null : matrixOf(version, codewordsOf(bytes, version));
}

function countBits(version) {
    return version < 10 ? 8 : 16;
}

function sum(numbers) {
    return numbers.reduce((a, b) => a + b, 0);
}

// Data and correction of all blocks, interleaved.
function codewordsOf(bytes, version) {
    const [correction, sizes] = kVersions[version - 1];
    const data = dataOf(bytes, version, sum(sizes));
    let at = 0;
    const blocks = sizes.map((size) => data.slice(at, (at += size)));
    return [...interleaved(blocks), ...interleaved(blocks.map((block) => remainder(block, correction)))];
}

function dataOf(bytes, version, capacity) {
    const bits = [];
    const put = (value, width) => {
        for (let i = width - 1; i >= 0; --i) bits.push((value >> i) & 1);
    };
    put(kByteMode, 4);
    put(bytes.length, countBits(version));
    for (const byte of bytes) put(byte, 8);
    put(0, 4);  // and with that it ends at a whole word, and there is place for it
    const data = [];
    for (let i = 0; i < bits.length; i += 8)
        data.push(bits.slice(i, i + 8).reduce((value, bit) => value * 2 + bit, 0));
    for (let i = 0; data.length < capacity; ++i) data.push(kPadding[i % 2]);
    return data;
}

function interleaved(blocks) {
    const longest = Math.max(...blocks.map(({length}) => length));
    return Array.from({length: longest}, (_, i) => blocks.map((block) => block[i]))
        .flat()
        .filter((word) => word !== undefined);
}

function times(a, b) {
    return a === 0 || b === 0 ? 0 : kPowers[(kLogarithms[a] + kLogarithms[b]) % 255];
}

// Reed-Solomon: what the data, times x^degree, leaves when divided by (x - 1)(x - 2)(x - 4)…
function remainder(data, degree) {
    let generator = [1];
    for (let i = 0; i < degree; ++i) {
        generator = [...generator, 0].map((value, at) => value ^ times(generator[at - 1] ?? 0, kPowers[i]));
    }
    const rest = [...data, ...new Array(degree).fill(0)];
    for (let i = 0; i < data.length; ++i) {
        const factor = rest[i];
        generator.forEach((value, at) => (rest[i + at] ^= times(value, factor)));
    }
    return rest.slice(data.length);
}
