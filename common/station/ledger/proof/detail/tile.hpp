// A tile of the tree's file: layout and seal are in tree_file.hpp. No I/O; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <station/ledger/wire/hash.hpp>
#include <vector>

namespace station::ledger {

inline constexpr unsigned kTileLevels = 8;
inline constexpr std::size_t kTileWidth = std::size_t{1} << kTileLevels;
inline constexpr std::size_t kTileSize = (kTileWidth + 1) * Hash::kSize;

struct TileName {
    unsigned tier = 0;
    std::uint64_t index = 0;  // within its tier

    // The leaves that it stands over.
    std::uint64_t begin() const { return index << kTileLevels * (tier + 1); }
    std::uint64_t end() const { return (index + 1) << kTileLevels * (tier + 1); }
};

// How many tiles are complete over this many leaves: a tile's number is how many were before it.
std::uint64_t tiles_over(std::uint64_t leaves);
std::uint64_t tile_number(const TileName& name);
// The most leaves whose complete tiles are all among the first `tiles`; a multiple of kTileWidth.
std::uint64_t leaves_under(std::uint64_t tiles);

// All nodes of a complete tile, from its bottom row up to its root.
class Tile {
  public:
    explicit Tile(std::vector<Hash> bottom);  // kTileWidth of them
    // nullopt where the seal is another one.
    static std::optional<Tile> decode(const TileName& name, Bytes bytes);
    void encode(const TileName& name, std::vector<std::byte>& out) const;

    // Levels count from the tile's bottom row, indices from its left side.
    const Hash& node(unsigned level, std::size_t index) const;
    const Hash& root() const { return nodes_.back(); }
    std::span<const Hash> bottom() const { return std::span{nodes_}.first(kTileWidth); }

  private:
    std::vector<Hash> nodes_;
};

}  // namespace station::ledger
