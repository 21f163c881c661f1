// MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), read from bytes that a server sent: whatever
// they are, this ends, with a value or an Error. Maps become Maps, binary a Uint8Array, integers that a Number does
// not hold a BigInt, extensions {type, data}.
const kDeepest = 64;
const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

export class Unpacker {
    #bytes;
    #view;
    at = 0;  // of the next value's first byte

    constructor(bytes) {
        this.#bytes = bytes;
        this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }

    get done() {
        return this.at === this.#bytes.length;
    }

    // The bytes from `begin` up to the next value.
    since(begin) {
        return this.#bytes.subarray(begin, this.at);
    }

    rest() {
        return this.#bytes.subarray(this.at);
    }

    value(depth = 0) {
        const kind = this.#number(1);
        if (kind < 0x80) return kind;
        if (kind < 0x90) return this.#map(kind & 15, depth);
        if (kind < 0xa0) return this.#array(kind & 15, depth);
        if (kind < 0xc0) return this.#text(kind & 31);
        if (kind >= 0xe0) return kind - 256;
        switch (kind) {
            case 0xc0:
                return null;
            case 0xc2:
                return false;
            case 0xc3:
                return true;
            case 0xc4:
            case 0xc5:
            case 0xc6:
                return this.#take(this.#number(1 << (kind - 0xc4)));
            case 0xc7:
            case 0xc8:
            case 0xc9:
                return this.#extension(this.#number(1 << (kind - 0xc7)));
            case 0xca:
                return this.#view.getFloat32(this.#skip(4));
            case 0xcb:
                return this.#view.getFloat64(this.#skip(8));
            case 0xcc:
            case 0xcd:
            case 0xce:
                return this.#number(1 << (kind - 0xcc));
            case 0xcf:
                return exact(this.#view.getBigUint64(this.#skip(8)));
            case 0xd0:
                return this.#view.getInt8(this.#skip(1));
            case 0xd1:
                return this.#view.getInt16(this.#skip(2));
            case 0xd2:
                return this.#view.getInt32(this.#skip(4));
            case 0xd3:
                return exact(this.#view.getBigInt64(this.#skip(8)));
            case 0xd4:
            case 0xd5:
            case 0xd6:
            case 0xd7:
            case 0xd8:
                return this.#extension(1 << (kind - 0xd4));
            case 0xd9:
            case 0xda:
            case 0xdb:
                return this.#text(this.#number(1 << (kind - 0xd9)));
            case 0xdc:
            case 0xdd:
                return this.#array(this.#number(2 << (kind - 0xdc)), depth);
            case 0xde:
            case 0xdf:
                return this.#map(this.#number(2 << (kind - 0xde)), depth);
            default:
                throw new Error(`byte ${this.at - 1}: no MessagePack`);
        }
    }

    // How many members the map has whose head comes next.
    mapHead() {
        const kind = this.#number(1);
        if (kind < 0x80 || kind > 0x8f) throw new Error(`byte ${this.at - 1}: no small map`);
        return kind & 15;
    }

    expect(key) {
        const at = this.at;
        if (this.value() !== key) throw new Error(`byte ${at}: the key ${key} is expected`);
    }

    #skip(size) {
        const begin = this.at;
        if (size > this.#bytes.length - begin) throw new Error(`byte ${begin}: cut short`);
        this.at += size;
        return begin;
    }

    #take(size) {
        const begin = this.#skip(size);
        return this.#bytes.subarray(begin, begin + size);
    }

    #number(width) {
        const at = this.#skip(width);
        if (width === 1) return this.#view.getUint8(at);
        return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
    }

    #text(size) {
        return decoder.decode(this.#take(size));
    }

    #extension(size) {
        const type = this.#view.getInt8(this.#skip(1));
        return {type, data: this.#take(size)};
    }

    // Each element is a byte at least: a length that lies ends at the end of the bytes.
    #array(size, depth) {
        if (depth === kDeepest) throw new Error(`byte ${this.at}: deeper than ${kDeepest} levels`);
        const list = [];
        for (let i = 0; i < size; ++i) list.push(this.value(depth + 1));
        return list;
    }

    #map(size, depth) {
        if (depth === kDeepest) throw new Error(`byte ${this.at}: deeper than ${kDeepest} levels`);
        const map = new Map();
        for (let i = 0; i < size; ++i) {
            const key = this.value(depth + 1);
            map.set(key, this.value(depth + 1));
        }
        return map;
    }
}

function exact(big) {
    const number = Number(big);
    return Number.isSafeInteger(number) ? number : big;
}
