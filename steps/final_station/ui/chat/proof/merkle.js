// What a tree over all records proves (RFC 9162, 2.1.3.2 and 2.1.4.2; node = H(0x01 | left | right)). Sizes and
// indexes are BigInts.
import {blake3} from './blake3.js';
import {joined, same} from './bytes.js';

const kNode = Uint8Array.of(1);

function node(left, right) {
    return blake3(joined(kNode, left, right));
}

// Past the levels on which the last node has no brother on its right.
function climb(place) {
    while (place.index % 2n === 0n && place.index !== 0n) {
        place.index /= 2n;
        place.last /= 2n;
    }
}

// The root that the path leads to from a leaf, or null where the path has not the length that it must have.
export function rootOfInclusion(leaf, index, size, path) {
    if (index >= size) return null;
    const place = {index, last: size - 1n};
    let hash = leaf;
    for (const other of path) {
        if (place.last === 0n) return null;
        if (place.index % 2n === 1n || place.index === place.last) {
            hash = node(other, hash);
            climb(place);
        } else {
            hash = node(hash, other);
        }
        place.index /= 2n;
        place.last /= 2n;
    }
    return place.last === 0n ? hash : null;
}

// Whether the tree of `size` goes on from the one of `oldSize` by appending alone.
export function isConsistent({oldSize, oldRoot, size, root, path}) {
    if (oldSize > size) return false;
    if (oldSize === size) return path.length === 0 && same(oldRoot, root);
    if (oldSize === 0n) return path.length === 0 && same(oldRoot, blake3(new Uint8Array(0)));
    if (path.length === 0) return false;
    const place = {index: oldSize - 1n, last: size - 1n};
    for (; place.index % 2n === 1n; place.index /= 2n) place.last /= 2n;
    const beginsWithOldRoot = (oldSize & (oldSize - 1n)) === 0n;
    let oldSide = beginsWithOldRoot ? oldRoot : path[0];
    let side = oldSide;
    for (const other of beginsWithOldRoot ? path : path.slice(1)) {
        if (place.last === 0n) return false;
        if (place.index % 2n === 1n || place.index === place.last) {
            oldSide = node(other, oldSide);
            side = node(other, side);
            climb(place);
        } else {
            side = node(side, other);
        }
        place.index /= 2n;
        place.last /= 2n;
    }
    return same(oldSide, oldRoot) && same(side, root) && place.last === 0n;
}
