#include <algorithm>
#include <station/base/assertion.hpp>
#include <station/ledger/proof/detail/tile.hpp>
#include <station/ledger/proof/tree_file.hpp>
#include <utility>

namespace station::ledger {
namespace {

constexpr std::size_t kTreeHeaderSize = 32;
constexpr std::string_view kTreeHeader{"station ledger tree 1\0\0\0\0\0\0\0\0\0\0\0", kTreeHeaderSize};

constexpr std::uint64_t tile_position(std::uint64_t number) { return kTreeHeaderSize + number * kTileSize; }

}  // namespace

// Complete nodes, from the edges or from tiles, which are read once. It remembers the first error instead of returning
// it, and its hashes are nothing from then on.
class TreeFile::Nodes {
  public:
    explicit Nodes(const TreeFile& tree) : tree_(tree) {}

    Hash operator()(unsigned level, std::uint64_t index) const STATION_REQUIRES(tree_.mutex_) {
        const unsigned tier = level / kTileLevels;
        const unsigned row = level % kTileLevels;
        const std::uint64_t first = index << row;
        const TileName name{tier, first >> kTileLevels};
        const std::size_t within = first % kTileWidth;
        if (name.end() <= tree_.size_) {
            const Tile* const tile = get(name);
            return tile == nullptr ? Hash{} : tile->node(row, within >> row);
        }
        const std::span<const Hash> edge = tree_.edges_[tier];
        return merkle::root(std::uint64_t{1} << row, [&](unsigned, std::uint64_t) { return edge[within]; });
    }

    // nullptr: see error().
    const Tile* get(const TileName& name) const STATION_REQUIRES(tree_.mutex_) {
        if (error_) return nullptr;
        const std::uint64_t number = tile_number(name);
        const auto known = std::find_if(tiles_.begin(), tiles_.end(), [&](const auto& one) { return one.first == number; });
        if (known != tiles_.end()) return &known->second;
        const auto bytes = tree_.read_tile(number);
        if (!bytes) {
            error_ = bytes.error();
            return nullptr;
        }
        auto tile = Tile::decode(name, *bytes);
        if (!tile) {
            error_ = Error{Errc::damaged, tree_.path_.string() + ", tile " + std::to_string(number), {}};
            return nullptr;
        }
        return &tiles_.emplace_back(number, std::move(*tile)).second;
    }

    const std::optional<Error>& error() const { return error_; }

  private:
    const TreeFile& tree_;
    mutable std::vector<std::pair<std::uint64_t, Tile>> tiles_;
    mutable std::optional<Error> error_;
};

}  // namespace station::ledger
