#include <array>
#include <station/base/assertion.hpp>
#include <station/ledger/proof/detail/tile.hpp>
#include <station/ledger/proof/tree.hpp>

namespace station::ledger {
namespace {

Hash seal_of(const TileName& name, const Hash& root) {
    std::array<std::byte, 17> place{std::byte{2}};
    log::store_little<std::uint64_t>(place.data() + 1, name.tier);
    log::store_little<std::uint64_t>(place.data() + 9, name.index);
    return Hasher{}.update(place).update(root.bytes).finish();
}

}  // namespace

std::uint64_t tiles_over(std::uint64_t leaves) {
    std::uint64_t tiles = 0;
    while ((leaves >>= kTileLevels) != 0) tiles += leaves;
    return tiles;
}

// Its last leaf completes all tiles of lower tiers that end there, and then this one.
std::uint64_t tile_number(const TileName& name) { return tiles_over(name.end() - 1) + name.tier; }

std::uint64_t leaves_under(std::uint64_t tiles) {
    std::uint64_t low = 0;
    std::uint64_t high = tiles;  // in tiles of tier 0
    while (low < high) {
        const std::uint64_t middle = low + (high - low + 1) / 2;
        if (tiles_over(middle << kTileLevels) <= tiles) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low << kTileLevels;
}

Tile::Tile(std::vector<Hash> bottom) : nodes_(std::move(bottom)) {
    STATION_ASSERT(nodes_.size() == kTileWidth);
    nodes_.reserve(2 * kTileWidth - 1);
    for (std::size_t left = 0; nodes_.size() < 2 * kTileWidth - 1; left += 2) {
        nodes_.push_back(merkle::node_hash(nodes_[left], nodes_[left + 1]));
    }
}

std::optional<Tile> Tile::decode(const TileName& name, Bytes bytes) {
    std::vector<Hash> bottom;
    bottom.reserve(2 * kTileWidth - 1);
    for (std::size_t i = 0; i < kTileWidth; ++i) {
        bottom.push_back(Hash::from_bytes(bytes.subspan(i * Hash::kSize, Hash::kSize)));
    }
    Tile tile{std::move(bottom)};
    if (Hash::from_bytes(bytes.last(Hash::kSize)) != seal_of(name, tile.root())) return std::nullopt;
    return tile;
}

void Tile::encode(const TileName& name, std::vector<std::byte>& out) const {
    for (const Hash& hash : bottom()) out.insert(out.end(), hash.bytes.begin(), hash.bytes.end());
    const Hash seal = seal_of(name, root());
    out.insert(out.end(), seal.bytes.begin(), seal.bytes.end());
}

const Hash& Tile::node(unsigned level, std::size_t index) const {
    // The rows above the bottom one begin at 256, 256 + 128, …
    return nodes_[2 * kTileWidth - (2 * kTileWidth >> level) + index];
}

}  // namespace station::ledger
