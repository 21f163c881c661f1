// What the tests of a tree's file share: one on a simulated disk, and whether it says what the tree is.
#pragma once

#include "log_simulated_disk.hpp"
#include "merkle_support.hpp"
#include "random.hpp"

#include <catch.hpp>
#include <station/ledger/proof/tree_file.hpp>

namespace station::test {

using ledger::Errc;
using ledger::Hash;
using ledger::Result;
using ledger::TreeFile;
using log::Path;
namespace merkle = ledger::merkle;

using Hashes = std::vector<Hash>;

inline const Path kTreePath = "/ledger/ledger.tree";
inline constexpr std::size_t kTileBytes = 257 * 32;

inline std::unique_ptr<TreeFile> open_tree(SimulatedDisk& disk, bool read_only = false) {
    disk.power_on();
    REQUIRE_FALSE(disk.create_folders(kTreePath.parent_path()));
    REQUIRE_FALSE(disk.sync_folder("/"));
    auto tree = TreeFile::open(disk, kTreePath, read_only);
    if (!tree) FAIL(tree.error().message());
    return std::move(*tree);
}

inline void append_to(TreeFile& tree, std::uint64_t size) {
    REQUIRE(tree.append(event_hashes(size - tree.size(), tree.size())));
}

// Everything the tree says up to `size`, at some places, is right. False also where it says nothing.
inline bool is_right(const TreeFile& tree, const NodeTable<>& nodes, std::uint64_t size, Random& random) {
    const std::uint64_t old = random.between(0, size);
    bool right = tree.root(size) == merkle::root(size, nodes) && tree.root(old) == merkle::root(old, nodes) &&
                 tree.consistency(old, size) == merkle::consistency_path(old, size, nodes);
    if (size > 0) {
        const std::uint64_t index = random.between(0, size - 1);
        right = right && tree.leaf(index) == nodes(0, index) &&
                tree.inclusion(index, size) == merkle::inclusion_path(index, size, nodes);
    }
    return right;
}

// Looks at each tile of tier 0 once.
inline bool all_tiles_are_right(const TreeFile& tree, const NodeTable<>& nodes) {
    bool all = true;
    for (std::uint64_t index = 0; index < tree.size(); index += 256) all = all && tree.leaf(index) == nodes(0, index);
    return all;
}

// Right, or Errc::damaged.
template <typename T>
inline bool is_right_or_damaged(const Result<T>& said, const T& expected) {
    return said ? *said == expected : said.error().code == Errc::damaged;
}

inline bool never_lies(const TreeFile& tree, const NodeTable<>& nodes, std::uint64_t index) {
    const std::uint64_t size = tree.size();
    bool good = is_right_or_damaged(tree.root(size), merkle::root(size, nodes));
    if (index < size) {
        good = good && is_right_or_damaged(tree.root(index), merkle::root(index, nodes)) &&
               is_right_or_damaged(tree.leaf(index), nodes(0, index)) &&
               is_right_or_damaged(tree.inclusion(index, size), merkle::inclusion_path(index, size, nodes)) &&
               is_right_or_damaged(tree.consistency(index, size), merkle::consistency_path(index, size, nodes));
    }
    return good;
}

inline void flip(SimulatedDisk& disk, std::size_t byte, unsigned bit) {
    auto bytes = disk.content(kTreePath);
    bytes.at(byte) ^= static_cast<std::byte>(1u << bit);
    disk.set_content(kTreePath, bytes);
}

}  // namespace station::test
