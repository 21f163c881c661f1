// The Merkle tree over a ledger's records, and what it proves: RFC 9162, sections 2.1.1 to 2.1.4
// (https://www.rfc-editor.org/rfc/rfc9162#section-2.1). Its leaf i is the record with global sequence i:
//
//   leaf = H(0x00 | event_hash)     node = H(0x01 | left | right)     of no leaves: H("")
//
//             root                  A tree of n leaves splits at the largest power of two below n, so that all but its
//            /    \                 right edge consists of complete nodes, of 2^level leaves each, which never change:
//         2,0      \                node (level, index) stands over the leaves from index * 2^level on. Here are 7
//        /   \      \               leaves; the right edge are the complete nodes (2,0), (1,2) and (0,6).
//     1,0     1,1    *
//     / \     / \   / \             An inclusion proof is the list of what a leaf is hashed with on its way up; a
//    0   1   2   3 1,2 6            consistency proof the list of nodes from which both the root of the first m leaves
//                  / \              and that of all n are made.
//                 4   5
//
// Pure functions, any thread. H is a hash with update(Bytes) and finish(), begun by its construction: BLAKE3, or
// another one where public test vectors want it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <station/ledger/wire/hash.hpp>
#include <vector>

namespace station::ledger::merkle {

template <typename H = Hasher>
Hash empty_root() {
    return H{}.finish();
}

template <typename H = Hasher>
Hash leaf_hash(Bytes data) {
    static constexpr std::byte kLeaf[] = {std::byte{0}};
    H hasher;
    hasher.update(kLeaf);
    hasher.update(data);
    return hasher.finish();
}

template <typename H = Hasher>
Hash node_hash(const Hash& left, const Hash& right) {
    static constexpr std::byte kNode[] = {std::byte{1}};
    H hasher;
    hasher.update(kNode);
    hasher.update(left.bytes);
    hasher.update(right.bytes);
    return hasher.finish();
}

// The right edge of a growing tree: all that the next root depends on, 32 bytes for each bit of its size.
template <typename H = Hasher>
class Edge {
  public:
    void append(Hash leaf) {
        for (std::uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
            leaf = node_hash<H>(nodes_.back(), leaf);
            nodes_.pop_back();
        }
        nodes_.push_back(leaf);
        ++size_;
    }
    std::uint64_t size() const { return size_; }
    Hash root() const {
        if (nodes_.empty()) return empty_root<H>();
        Hash root = nodes_.back();
        for (std::size_t i = nodes_.size() - 1; i-- > 0;) root = node_hash<H>(nodes_[i], root);
        return root;
    }

  private:
    std::vector<Hash> nodes_;  // complete, the largest first
    std::uint64_t size_ = 0;
};

// What follows takes its nodes from `get(level, index)`, which returns the hash of a complete one.

// Over the leaves [begin, end): a subtree that splitting leads to, or all of them.
template <typename H = Hasher, typename Get>
Hash subtree_root(std::uint64_t begin, std::uint64_t end, const Get& get) {
    const std::uint64_t count = end - begin;
    if (std::has_single_bit(count)) {
        const int level = std::countr_zero(count);
        return get(static_cast<unsigned>(level), begin >> level);
    }
    const std::uint64_t middle = begin + std::bit_floor(count);
    const Hash left = subtree_root<H>(begin, middle, get);
    return node_hash<H>(left, subtree_root<H>(middle, end, get));
}

template <typename H = Hasher, typename Get>
Hash root(std::uint64_t size, const Get& get) {
    return size == 0 ? empty_root<H>() : subtree_root<H>(0, size, get);
}

// For index < size; from the leaf upwards. 2.1.3.1's PATH, from its outermost call inwards.
template <typename H = Hasher, typename Get>
std::vector<Hash> inclusion_path(std::uint64_t index, std::uint64_t size, const Get& get) {
    std::vector<Hash> path;
    std::uint64_t begin = 0;
    std::uint64_t end = size;
    while (end - begin > 1) {
        const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
        if (index < middle) {
            path.push_back(subtree_root<H>(middle, end, get));
            end = middle;
        } else {
            path.push_back(subtree_root<H>(begin, middle, get));
            begin = middle;
        }
    }
    std::reverse(path.begin(), path.end());
    return path;
}

// For old_size <= size; from the lowest node upwards, and empty where old_size is 0 or size. 2.1.4.1's SUBPROOF.
template <typename H = Hasher, typename Get>
std::vector<Hash> consistency_path(std::uint64_t old_size, std::uint64_t size, const Get& get) {
    std::vector<Hash> path;
    if (old_size == 0) return path;
    std::uint64_t begin = 0;
    std::uint64_t end = size;
    while (end != old_size) {
        const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
        if (old_size <= middle) {
            path.push_back(subtree_root<H>(middle, end, get));
            end = middle;
        } else {
            path.push_back(subtree_root<H>(begin, middle, get));
            begin = middle;
        }
    }
    // Where nothing was left out on the left, it is the old root itself, which who checks has.
    if (begin != 0) path.push_back(subtree_root<H>(begin, end, get));
    std::reverse(path.begin(), path.end());
    return path;
}

// The checks' common step upwards: past the levels on which the last node has no brother on its right.
inline void climb(std::uint64_t& index, std::uint64_t& last) {
    while ((index & 1) == 0 && index != 0) {
        index >>= 1;
        last >>= 1;
    }
}

// 2.1.3.2: the root that the path leads to; nullopt where it is too short or too long, or index is not below size.
template <typename H = Hasher>
std::optional<Hash> root_of_inclusion(Hash leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> path) {
    if (index >= size) return std::nullopt;
    std::uint64_t last = size - 1;
    for (const Hash& node : path) {
        if (last == 0) return std::nullopt;
        if ((index & 1) != 0 || index == last) {
            leaf = node_hash<H>(node, leaf);
            climb(index, last);
        } else {
            leaf = node_hash<H>(leaf, node);
        }
        index >>= 1;
        last >>= 1;
    }
    if (last != 0) return std::nullopt;
    return leaf;
}

// 2.1.4.2, and where it has nothing to say: of nothing everything is a continuation, and of equal trees the roots are.
template <typename H = Hasher>
bool is_consistent(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                   std::span<const Hash> path) {
    if (old_size > size) return false;
    if (old_size == size) return path.empty() && old_root == root;
    if (old_size == 0) return path.empty() && old_root == empty_root<H>();
    if (path.empty()) return false;
    std::uint64_t index = old_size - 1;
    std::uint64_t last = size - 1;
    for (; (index & 1) != 0; index >>= 1) last >>= 1;
    const bool begins_with_old_root = std::has_single_bit(old_size);
    Hash old_side = begins_with_old_root ? old_root : path.front();
    Hash side = old_side;
    for (const Hash& node : path.subspan(begins_with_old_root ? 0 : 1)) {
        if (last == 0) return false;
        if ((index & 1) != 0 || index == last) {
            old_side = node_hash<H>(node, old_side);
            side = node_hash<H>(node, side);
            climb(index, last);
        } else {
            side = node_hash<H>(side, node);
        }
        index >>= 1;
        last >>= 1;
    }
    return old_side == old_root && side == root && last == 0;
}

}  // namespace station::ledger::merkle
