#!/usr/bin/env python3
"""The ledger's tree a second time: RFC 9162's definitions over a BLAKE3 of its own, compared with what merkle_paths says.

    tests/ledger/merkle.py --driver build/bin/merkle_paths [--sizes 1000]

All roots, inclusion paths and consistency paths of all sizes from 1 on. Event i is BLAKE3 of i in decimal.
"""
import argparse
import functools
import hashlib
import shutil
import struct
import subprocess
import sys

# BLAKE3 of at most 1,024 bytes: one chunk, one block behind the other (https://github.com/BLAKE3-team/BLAKE3-specs, 2).
IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
            (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, ROOT = 1, 2, 8
WORD = 0xFFFFFFFF


def compress(chaining, block, length, flags):
    words = struct.unpack("<16I", block.ljust(64, b"\0"))
    v = [*chaining, *IV[:4], 0, 0, length, flags]
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(QUARTERS):
            va, vb, vc, vd = v[a], v[b], v[c], v[d]
            va = (va + vb + words[2 * i]) & WORD
            vd ^= va
            vd = (vd >> 16 | vd << 16) & WORD
            vc = (vc + vd) & WORD
            vb ^= vc
            vb = (vb >> 12 | vb << 20) & WORD
            va = (va + vb + words[2 * i + 1]) & WORD
            vd ^= va
            vd = (vd >> 8 | vd << 24) & WORD
            vc = (vc + vd) & WORD
            vb ^= vc
            v[a], v[b], v[c], v[d] = va, (vb >> 7 | vb << 25) & WORD, vc, vd
        words = [words[i] for i in ORDER]
    return [v[i] ^ v[i + 8] for i in range(8)]


def blake3(data):
    assert len(data) <= 1024
    blocks = [data[i:i + 64] for i in range(0, len(data), 64)] or [b""]
    chaining = IV
    for i, block in enumerate(blocks):
        flags = (CHUNK_START if i == 0 else 0) | (CHUNK_END | ROOT if i == len(blocks) - 1 else 0)
        chaining = compress(chaining, block, len(block), flags)
    return struct.pack("<8I", *chaining)


def check_blake3():
    """Against the specification's test vectors (bytes 0, 1, 2, … 250, 0, …), and b3sum where there is one."""
    vectors = {0: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
               1: "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"}
    for length, expected in vectors.items():
        if blake3(bytes(i % 251 for i in range(length))).hex() != expected:
            return f"BLAKE3 of {length} bytes is wrong here"
    if not shutil.which("b3sum"):
        return None
    for length in (0, 1, 32, 33, 63, 64, 65, 128, 1024):
        data = bytes(i % 251 for i in range(length))
        said = subprocess.run(["b3sum", "--no-names"], input=data, stdout=subprocess.PIPE, check=True).stdout
        if said.decode().strip() != blake3(data).hex():
            return f"b3sum says something else about {length} bytes"
    return None


# A subtree is the half-open range of its leaves: nodes of complete ones serve all sizes.
def split(begin, end):
    return begin + (1 << (end - begin - 1).bit_length() - 1)


@functools.cache
def mth(begin, end):
    if end - begin == 1:
        return blake3(b"\0" + blake3(str(begin).encode()))
    middle = split(begin, end)
    return blake3(b"\1" + mth(begin, middle) + mth(middle, end))


@functools.lru_cache(maxsize=4096)
def inclusion_paths(begin, end):
    """Of each of its leaves."""
    if end - begin == 1:
        return [b""]
    middle = split(begin, end)
    left, right = mth(begin, middle), mth(middle, end)
    return [path + right for path in inclusion_paths(begin, middle)] + \
           [path + left for path in inclusion_paths(middle, end)]


@functools.lru_cache(maxsize=4096)
def consistency_paths(begin, end, known):
    """From each number of its leaves, 1 to all; known: who checks has the root of all."""
    whole = [b"" if known else mth(begin, end)]
    if end - begin == 1:
        return whole
    middle = split(begin, end)
    left, right = mth(begin, middle), mth(middle, end)
    return [path + right for path in consistency_paths(begin, middle, known)] + \
           [path + left for path in consistency_paths(middle, end, False)[:-1]] + whole


def sha256(paths):
    return hashlib.sha256(b"".join(paths)).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", required=True)
    parser.add_argument("--sizes", type=int, default=1000)
    args = parser.parse_args()
    problem = check_blake3()
    if problem:
        sys.exit(problem)
    said = subprocess.run([args.driver, str(args.sizes)], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    if len(said) != args.sizes:
        sys.exit(f"{len(said)} lines for {args.sizes} sizes")
    for size, line in enumerate(said, 1):
        expected = [str(size), mth(0, size).hex(), sha256(inclusion_paths(0, size)), sha256(consistency_paths(0, size, True))]
        for what, mine, theirs in zip(("size", "root", "inclusion paths", "consistency paths"), expected, line.split()):
            if mine != theirs:
                sys.exit(f"size {size}: {what} {theirs} where RFC 9162 says {mine}")
    print(f"sizes 1 to {args.sizes}: roots and all paths agree")


if __name__ == "__main__":
    main()
