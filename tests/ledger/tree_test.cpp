#include "merkle_support.hpp"
#include "random.hpp"

#include <catch.hpp>
#include <station/ledger/proof/tree.hpp>
#include <string_view>

using namespace station::ledger;
using station::test::event_hash;
using station::test::event_hashes;
using station::test::node_table;
using station::test::NodeTable;
using station::test::Sha256;

namespace {

using Hashes = std::vector<Hash>;
using Leaves = std::span<const Hash>;  // already hashed as leaves

// RFC 9162 word by word: section 2.1.1's MTH, 2.1.3.1's PATH, 2.1.4.1's SUBPROOF. k is the largest power of two below
// n.
std::size_t split(std::size_t n) {
    std::size_t k = 1;
    while (k * 2 < n) k *= 2;
    return k;
}

Hash mth(Leaves d) {
    if (d.empty()) return blake3({});
    if (d.size() == 1) return d[0];
    const std::size_t k = split(d.size());
    const Hash left = mth(d.first(k));
    const Hash right = mth(d.subspan(k));
    std::string bytes = "\x01";
    for (const Hash& hash : {left, right}) bytes += station::log::as_text(hash.bytes);
    return blake3(station::log::as_bytes(bytes));
}

Hashes plus(Hashes path, const Hash& hash) {
    path.push_back(hash);
    return path;
}

Hashes path_of(std::size_t m, Leaves d) {
    if (d.size() == 1) return {};
    const std::size_t k = split(d.size());
    if (m < k) return plus(path_of(m, d.first(k)), mth(d.subspan(k)));
    return plus(path_of(m - k, d.subspan(k)), mth(d.first(k)));
}

Hashes subproof(std::size_t m, Leaves d, bool known) {
    if (m == d.size()) return known ? Hashes{} : Hashes{mth(d)};
    const std::size_t k = split(d.size());
    if (m <= k) return plus(subproof(m, d.first(k), known), mth(d.subspan(k)));
    return plus(subproof(m - k, d.subspan(k), false), mth(d.first(k)));
}

Hashes leaves_of(std::size_t count) {
    Hashes leaves;
    for (const Hash& hash : event_hashes(count)) {
        const std::string bytes = std::string(1, '\0') + std::string{station::log::as_text(hash.bytes)};
        leaves.push_back(blake3(station::log::as_bytes(bytes)));
    }
    return leaves;
}

Hash flipped(Hash hash, std::size_t byte, unsigned bit = 0) {
    hash.bytes[byte] ^= static_cast<std::byte>(1u << bit);
    return hash;
}

constexpr std::size_t kLargest = station::test::kSlowness > 1 ? 40 : 130;

}  // namespace

TEST_CASE("roots are what RFC 9162 says, of all sizes up to some") {
    const Hashes leaves = leaves_of(kLargest);
    const auto nodes = node_table(kLargest);
    merkle::Edge<> edge;
    for (std::size_t size = 0; size <= kLargest; ++size) {
        CAPTURE(size);
        const Hash expected = mth(Leaves{leaves}.first(size));
        CHECK(merkle::root(size, nodes) == expected);
        CHECK(edge.size() == size);
        CHECK(edge.root() == expected);
        if (size < kLargest) edge.append(merkle::leaf_hash(event_hash(size).bytes));
    }
}

TEST_CASE("inclusion proofs are what RFC 9162 says and lead to the root, of all leaves and sizes up to some") {
    const Hashes leaves = leaves_of(kLargest);
    const auto nodes = node_table(kLargest);
    bool all = true;
    for (std::size_t size = 1; size <= kLargest; ++size) {
        const Hash root = mth(Leaves{leaves}.first(size));
        for (std::size_t index = 0; index < size; ++index) {
            const Hashes path = merkle::inclusion_path(index, size, nodes);
            all = all && path == path_of(index, Leaves{leaves}.first(size)) &&
                  merkle::root_of_inclusion(leaves[index], index, size, path) == root;
        }
    }
    CHECK(all);
}

TEST_CASE("consistency proofs are what RFC 9162 says and hold, of all pairs of sizes up to some") {
    const Hashes leaves = leaves_of(kLargest);
    const auto nodes = node_table(kLargest);
    bool all = true;
    for (std::size_t size = 1; size <= kLargest; ++size) {
        const Hash root = mth(Leaves{leaves}.first(size));
        for (std::size_t old = 0; old <= size; ++old) {
            const Hashes path = merkle::consistency_path(old, size, nodes);
            const Hashes expected = old == 0 ? Hashes{} : subproof(old, Leaves{leaves}.first(size), true);
            const Hash old_root = mth(Leaves{leaves}.first(old));
            all = all && path == expected && merkle::is_consistent(old, old_root, size, root, path);
        }
    }
    CHECK(all);
}

// What each change of an inclusion proof must lead to: no root, or another one.
TEST_CASE("no changed inclusion proof leads to the root") {
    constexpr std::size_t kSizes = 34;
    const auto nodes = node_table(kSizes + 1);
    bool all = true;
    for (std::size_t size = 1; size <= kSizes; ++size) {
        const Hash root = merkle::root(size, nodes);
        for (std::size_t index = 0; index < size; ++index) {
            const Hash leaf = nodes(0, index);
            const Hashes path = merkle::inclusion_path(index, size, nodes);
            const auto refused = [&](const Hash& of, std::size_t at, const Hashes& by) {
                return merkle::root_of_inclusion(of, at, size, by) != root;
            };
            for (std::size_t byte = 0; byte < Hash::kSize; ++byte) {
                all = all && refused(flipped(leaf, byte), index, path);
                for (std::size_t i = 0; i < path.size(); ++i) {
                    Hashes changed = path;
                    changed[i] = flipped(path[i], byte, static_cast<unsigned>(byte % 8));
                    all = all && refused(leaf, index, changed);
                }
            }
            for (std::size_t other = 0; other <= size + 1; ++other)
                all = all && (other == index || refused(leaf, other, path));
            for (std::size_t i = 0; i < path.size(); ++i) {
                Hashes shorter = path;
                shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
                Hashes longer = path;
                longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), root);
                all = all && refused(leaf, index, shorter) && refused(leaf, index, longer);
            }
            all = all && refused(leaf, index, plus(path, root)) && refused(root, index, plus(path, root));
            all = all && !merkle::root_of_inclusion(leaf, index, size, plus(path, root));
            // An inner node is no leaf.
            for (std::size_t i = 0; !path.empty() && i < path.size(); ++i) {
                const Hashes rest{path.begin() + static_cast<std::ptrdiff_t>(i) + 1, path.end()};
                all = all && refused(merkle::leaf_hash(path[i].bytes), index >> (i + 1), rest);
            }
        }
    }
    CHECK(all);
    CHECK_FALSE(merkle::root_of_inclusion(nodes(0, 0), 0, 0, {}));
}

TEST_CASE("no changed consistency proof holds") {
    constexpr std::size_t kSizes = 34;
    const auto nodes = node_table(kSizes + 1);
    bool all = true;
    for (std::size_t size = 1; size <= kSizes; ++size) {
        const Hash root = merkle::root(size, nodes);
        for (std::size_t old = 0; old <= size; ++old) {
            const Hash old_root = merkle::root(old, nodes);
            const Hashes path = merkle::consistency_path(old, size, nodes);
            const auto refused = [&](std::size_t old_size, const Hash& from, const Hash& to, const Hashes& by) {
                return !merkle::is_consistent(old_size, from, size, to, by);
            };
            for (std::size_t byte = 0; byte < Hash::kSize; ++byte) {
                // Of nothing everything is a continuation: then there is no path that leads to the new root.
                all = all && refused(old, flipped(old_root, byte), root, path);
                all = all && (old == 0 || refused(old, old_root, flipped(root, byte), path));
                for (std::size_t i = 0; i < path.size(); ++i) {
                    Hashes changed = path;
                    changed[i] = flipped(path[i], byte, static_cast<unsigned>(byte % 8));
                    all = all && refused(old, old_root, root, changed);
                }
            }
            for (std::size_t other = 0; other <= size + 1; ++other) {
                all = all && (other == old || refused(other, old_root, root, path));
            }
            for (std::size_t i = 0; i < path.size(); ++i) {
                Hashes shorter = path;
                shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
                Hashes longer = path;
                longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), old_root);
                all = all && refused(old, old_root, root, shorter) && refused(old, old_root, root, longer);
            }
            all = all && refused(old, old_root, root, plus(path, root));
        }
    }
    CHECK(all);
}

// One would be easy to make: below the last of no leaves there is room for 64 nodes.
TEST_CASE("no proof makes a tree smaller") {
    const Hash old_root = event_hash(0);
    Hash root = old_root;
    const Hashes path(64, event_hash(1));
    for (const Hash& node : path) root = merkle::node_hash(root, node);
    CHECK_FALSE(merkle::is_consistent(1, old_root, 0, root, path));
}

// The leaves, roots and proofs that transparency-dev/merkle tests itself with (testonly/constants.go and testdata/,
// which came from Certificate Transparency), as numbers of leaves and nodes: proofs are made of the tree's own nodes.
TEST_CASE("with SHA-256 it is Certificate Transparency's tree") {
    const std::string_view inputs[] = {
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
    const std::string_view roots[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    Hashes leaves;
    for (const std::string_view input : inputs) {
        leaves.push_back(merkle::leaf_hash<Sha256>(station::log::as_bytes(*from_hex(input))));
    }
    const NodeTable<Sha256> nodes{leaves};
    merkle::Edge<Sha256> edge;
    for (std::size_t size = 0; size <= 8; ++size) {
        CAPTURE(size);
        CHECK(merkle::root<Sha256>(size, nodes).to_hex() == roots[size]);
        CHECK(edge.root().to_hex() == roots[size]);
        if (size < 8) edge.append(leaves[size]);
    }

    const auto hashes = [](std::initializer_list<std::string_view> texts) {
        Hashes list;
        for (const std::string_view text : texts) list.push_back(*Hash::from_hex(text));
        return list;
    };
    constexpr std::string_view k01 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
    constexpr std::string_view k23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
    constexpr std::string_view k03 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
    constexpr std::string_view k45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
    constexpr std::string_view k67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
    constexpr std::string_view k47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
    constexpr std::string_view k0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
    constexpr std::string_view k1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
    constexpr std::string_view k4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
    constexpr std::string_view k6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f";

    const struct {
        std::uint64_t index, size;
        Hashes path;
    } inclusions[] = {{0, 1, {}},
                      {0, 8, hashes({k1, k23, k47})},
                      {5, 8, hashes({k4, k67, k03})},
                      {2, 3, hashes({k01})},
                      {1, 5, hashes({k0, k23, k4})}};
    for (const auto& [index, size, path] : inclusions) {
        CAPTURE(index, size);
        CHECK(merkle::inclusion_path<Sha256>(index, size, nodes) == path);
        CHECK(merkle::root_of_inclusion<Sha256>(leaves[index], index, size, path)->to_hex() == roots[size]);
    }
    const struct {
        std::uint64_t old_size, size;
        Hashes path;
    } consistencies[] = {{1, 1, {}},
                         {1, 8, hashes({k1, k23, k47})},
                         {6, 8, hashes({k45, k67, k03})},
                         {2, 5, hashes({k23, k4})},
                         {6, 7, hashes({k45, k6, k03})}};
    for (const auto& [old_size, size, path] : consistencies) {
        CAPTURE(old_size, size);
        CHECK(merkle::consistency_path<Sha256>(old_size, size, nodes) == path);
        CHECK(merkle::is_consistent<Sha256>(old_size, *Hash::from_hex(roots[old_size]), size,
                                            *Hash::from_hex(roots[size]), path));
    }
    // rfc6962_test.go there: H(0x00 | "L123456"), and a node over two texts, which a tree of hashes has none of.
    CHECK(merkle::leaf_hash<Sha256>(station::log::as_bytes("L123456")).to_hex() ==
          "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
}
