#include <algorithm>
#include <station/base/assertion.hpp>
#include <station/ledger/proof/detail/tile.hpp>
#include <station/ledger/proof/tree_file.hpp>
#include <utility>

namespace station::ledger {
namespace {

constexpr std::size_t kTreeHeaderSize = 32;
constexpr std::string_view kTreeHeader{"station ledger tree 1\0\0\0\0\0\0\0\0\0\0\0", kTreeHeaderSize};
constexpr std::uint64_t kMaxLeaves = 0xFFFFFFFF;

constexpr std::uint64_t tile_position(std::uint64_t number) { return kTreeHeaderSize + number * kTileSize; }

// Of a tier, how many complete nodes stand over this many leaves.
constexpr std::uint64_t nodes_of_tier(std::uint64_t leaves, std::size_t tier) { return leaves >> kTileLevels * tier; }

}  // namespace

// Complete nodes, from the edges or from tiles, which are read once. It remembers the first error instead of returning
// it, and its hashes mean nothing from then on.
class TreeFile::Nodes {
  public:
    Nodes(const TreeFile& tree, const State& state) : tree_(tree), state_(state) {}

    Hash operator()(unsigned level, std::uint64_t index) const {
        const unsigned tier = level / kTileLevels;
        const unsigned row = level % kTileLevels;
        const std::uint64_t first = index << row;
        const TileName name{tier, first >> kTileLevels};
        const std::size_t within = first % kTileWidth;
        if (name.end() <= state_.size) return from_tile(name, row, within >> row);
        merkle::Edge<> subtree;
        for (const Hash& node : std::span{state_.edges[tier]}.subspan(within, std::size_t{1} << row))
            subtree.append(node);
        return subtree.root();
    }

    const std::optional<Error>& error() const { return error_; }

  private:
    Hash from_tile(const TileName& name, unsigned row, std::size_t index) const {
        if (error_) return {};
        const std::uint64_t number = tile_number(name);
        auto known = std::find_if(tiles_.begin(), tiles_.end(), [&](const auto& one) { return one.first == number; });
        if (known == tiles_.end()) {
            auto tile = tree_.read_tile(state_, name);
            if (!tile) {
                error_ = std::move(tile.error());
                return {};
            }
            known = tiles_.emplace(tiles_.end(), number, std::move(*tile));
        }
        return known->second.node(row, index);
    }

    const TreeFile& tree_;
    const State& state_;
    mutable std::vector<std::pair<std::uint64_t, Tile>> tiles_;  // two of a tier at most
    mutable std::optional<Error> error_;
};

TreeFile::TreeFile(log::Disk& disk, log::Path path, bool read_only)
    : disk_(disk), path_(std::move(path)), read_only_(read_only) {}

TreeFile::~TreeFile() = default;

Result<std::unique_ptr<TreeFile>> TreeFile::open(log::Disk& disk, log::Path path, bool read_only) {
    std::unique_ptr<TreeFile> tree{new TreeFile{disk, std::move(path), read_only}};
    auto opened = tree->open_file().and_then([&] { return tree->load(); });
    if (!opened) return tl::unexpected(std::move(opened.error()));
    return tree;
}

Result<void> TreeFile::open_file() {
    auto file = disk_.open(path_, read_only_ ? log::Open::read : log::Open::write);
    if (!file && file.error() == std::errc::no_such_file_or_directory) {
        if (read_only_) return {};
        file = disk_.open(path_, log::Open::create);
        name_is_durable_ = false;
    }
    if (!file) return tl::unexpected(trouble(file.error()));
    file_ = std::move(*file);
    return {};
}

Result<void> TreeFile::load() {
    State state;
    std::uint64_t file_size = 0;
    if (file_ != nullptr) {
        const auto size = file_->size();
        if (!size) return tl::unexpected(trouble(size.error()));
        file_size = *size;
        std::string header(kTreeHeaderSize, '\0');
        const auto got = file_->read_at(0, std::as_writable_bytes(std::span{header}));
        if (!got) return tl::unexpected(trouble(got.error()));
        if (*got == kTreeHeaderSize && header == kTreeHeader) {
            const std::uint64_t leaves = leaves_under((file_size - kTreeHeaderSize) / kTileSize);
            state.size = std::min(leaves, kMaxLeaves / kTileWidth * kTileWidth);
        }
    }
    if (auto loaded = load_edges(state); !loaded) return loaded;
    state.file_tiles = tiles_over(state.size);
    // What lies behind is no part of the tree, and must not become one again behind what is appended now.
    const std::uint64_t tiles = state.file_tiles;
    const bool has_more = file_size > (tiles == 0 ? 0 : tile_position(tiles));
    {
        const base::Lock lock{mutex_};
        state_ = std::move(state);
    }
    return has_more && !read_only_ ? cut_file(tiles) : Result<void>{};
}

// The roots of the complete tiles are in no tile themselves until 256 of them are complete. From the left to the
// right, so that nothing that was looked at before is cut off with a damaged one.
Result<void> TreeFile::load_edges(State& state) const {
    state.file_tiles = tiles_over(state.size);
    for (unsigned tier = kTiers - 1; tier > 0; --tier) {
        const std::uint64_t count = nodes_of_tier(state.size, tier);
        for (std::uint64_t index = count / kTileWidth * kTileWidth; index < count; ++index) {
            const TileName name{tier - 1, index};
            const auto tile = read_tile(state, name);
            if (tile) {
                state.edges[tier].push_back(tile->root());
            } else if (tile.error().code == Errc::damaged) {
                state.size = name.begin();
                break;
            } else {
                return tl::unexpected(tile.error());
            }
        }
    }
    return {};
}

std::uint64_t TreeFile::size() const {
    const base::SharedLock lock{mutex_};
    return state_.size;
}

Result<void> TreeFile::append(std::span<const Hash> event_hashes) {
    if (event_hashes.size() > kMaxLeaves - size()) return failed(Errc::full, path_.string());
    while (!event_hashes.empty()) {
        const std::size_t missing = kTileWidth - size() % kTileWidth;
        if (event_hashes.size() < missing) {
            std::vector<Hash> leaves;
            for (const Hash& hash : event_hashes) leaves.push_back(merkle::leaf_hash(hash.bytes));
            const base::Lock turn{turnstile_};
            const base::Lock lock{mutex_};
            state_.edges[0].insert(state_.edges[0].end(), leaves.begin(), leaves.end());
            state_.size += leaves.size();
            return {};
        }
        if (auto completed = complete_tile(event_hashes.first(missing)); !completed) return completed;
        event_hashes = event_hashes.subspan(missing);
    }
    return {};
}

// Completes a tile of tier 0, and those above that it is the last part of. Written first: readers who don't find them
// in the edges any more find them in the file.
Result<void> TreeFile::complete_tile(std::span<const Hash> event_hashes) {
    const std::uint64_t end = size() + event_hashes.size();
    const auto edge = [&](unsigned tier) {
        const base::SharedLock lock{mutex_};
        return state_.edges[tier];
    };
    std::vector<Hash> nodes = edge(0);
    for (const Hash& hash : event_hashes) nodes.push_back(merkle::leaf_hash(hash.bytes));
    // A tile is durable before one stands over it: open() does not look below that one, and where it is torn cuts off
    // all that it stands over. That is two syncs for 65,536 leaves.
    const std::uint64_t number = tiles_over(end - 1);
    unsigned tier = 0;
    for (; nodes.size() == kTileWidth; ++tier) {
        const Tile tile{std::move(nodes)};
        std::vector<std::byte> bytes;
        tile.encode({tier, nodes_of_tier(end, tier + 1) - 1}, bytes);
        nodes = edge(tier + 1);
        nodes.push_back(tile.root());
        const bool is_below_or_above = tier > 0 || nodes.size() == kTileWidth;
        auto written = write_tile(number + tier, bytes);
        if (written && is_below_or_above) written = sync();
        if (!written) return written;
    }
    const base::Lock turn{turnstile_};
    const base::Lock lock{mutex_};
    for (unsigned below = 0; below < tier; ++below) state_.edges[below].clear();
    state_.edges[tier] = std::move(nodes);
    state_.size = end;
    return {};
}

Result<void> TreeFile::write_tile(std::uint64_t number, Bytes tile) {
    if (read_only_) {
        const base::Lock lock{mutex_};
        state_.unwritten.insert(state_.unwritten.end(), tile.begin(), tile.end());
        return {};
    }
    std::vector<std::byte> begun;
    if (number == 0) {
        const Bytes header = log::as_bytes(kTreeHeader);
        begun.assign(header.begin(), header.end());
        begun.insert(begun.end(), tile.begin(), tile.end());
        tile = begun;
    }
    const std::uint64_t position = number == 0 ? 0 : tile_position(number);
    if (const auto error = file_->write_at(position, tile)) return tl::unexpected(trouble(error));
    return {};
}

Result<void> TreeFile::truncate(std::uint64_t size) {
    std::uint64_t tiles = 0;
    {
        const base::Lock turn{turnstile_};
        const base::Lock lock{mutex_};
        size = std::min(size, state_.size);
        State cut;
        cut.size = size;
        tiles = tiles_over(size);
        for (unsigned tier = 0; tier < kTiers; ++tier) {
            const std::uint64_t count = nodes_of_tier(size, tier);
            const std::size_t kept = count % kTileWidth;
            if (kept == 0) continue;
            const TileName name{tier, count / kTileWidth};
            std::optional<Tile> tile;
            if (name.end() <= state_.size) {
                auto complete = read_tile(state_, name);
                if (!complete) return tl::unexpected(std::move(complete.error()));
                tile = std::move(*complete);
            }
            const auto nodes = (tile ? tile->bottom() : std::span<const Hash>{state_.edges[tier]}).first(kept);
            cut.edges[tier].assign(nodes.begin(), nodes.end());
        }
        cut.file_tiles = std::min(state_.file_tiles, tiles);
        cut.unwritten = std::move(state_.unwritten);
        cut.unwritten.resize(read_only_ ? static_cast<std::size_t>(tiles - cut.file_tiles) * kTileSize : 0);
        state_ = std::move(cut);
    }
    return read_only_ ? Result<void>{} : cut_file(tiles);
}

// Durably, so that no power cut brings back what something else was written over.
Result<void> TreeFile::cut_file(std::uint64_t tiles) {
    auto error = file_->truncate(tiles == 0 ? 0 : tile_position(tiles));
    if (!error) error = file_->sync();
    if (error) return tl::unexpected(trouble(error));
    return {};
}

Result<void> TreeFile::sync() {
    if (read_only_) return {};
    if (const auto error = file_->sync()) return tl::unexpected(trouble(error));
    if (!name_is_durable_) {
        if (const auto error = disk_.sync_folder(path_.parent_path())) return tl::unexpected(trouble(error));
        name_is_durable_ = true;
    }
    return {};
}

Result<Tile> TreeFile::read_tile(const State& state, const TileName& name) const {
    const std::uint64_t number = tile_number(name);
    std::optional<Tile> tile;
    if (read_only_ && number >= state.file_tiles) {
        const std::size_t position = static_cast<std::size_t>(number - state.file_tiles) * kTileSize;
        tile = Tile::decode(name, Bytes{state.unwritten}.subspan(position, kTileSize));
    } else {
        std::vector<std::byte> bytes(kTileSize);
        const auto got = file_->read_at(tile_position(number), bytes);
        if (!got) return tl::unexpected(trouble(got.error()));
        if (*got == kTileSize) tile = Tile::decode(name, bytes);
    }
    if (!tile) return failed(Errc::damaged, path_.string() + ", tile " + std::to_string(number));
    return std::move(*tile);
}

template <typename T, typename Make>
Result<T> TreeFile::read(std::uint64_t size, const Make& make) const {
    // Not past somebody who waits to change something: shared locks may follow one another without an end.
    turnstile_.lock();
    turnstile_.unlock();
    const base::SharedLock lock{mutex_};
    if (size > state_.size) {
        return failed(Errc::not_found,
                      "a tree of " + std::to_string(state_.size) + " leaves, asked for " + std::to_string(size));
    }
    const Nodes nodes{*this, state_};
    T made = make(nodes);
    if (nodes.error()) return tl::unexpected(*nodes.error());
    return made;
}

Result<Hash> TreeFile::leaf(std::uint64_t index) const {
    if (index >= kMaxLeaves) return failed(Errc::not_found, "leaf " + std::to_string(index));
    return read<Hash>(index + 1, [&](const Nodes& nodes) { return nodes(0, index); });
}

Result<Hash> TreeFile::root(std::uint64_t size) const {
    return read<Hash>(size, [&](const Nodes& nodes) { return merkle::root(size, nodes); });
}

Result<std::vector<Hash>> TreeFile::inclusion(std::uint64_t index, std::uint64_t size) const {
    if (index >= size) return failed(Errc::not_found, "leaf " + std::to_string(index) + " of " + std::to_string(size));
    return read<std::vector<Hash>>(size,
                                   [&](const Nodes& nodes) { return merkle::inclusion_path(index, size, nodes); });
}

Result<std::vector<Hash>> TreeFile::consistency(std::uint64_t old_size, std::uint64_t size) const {
    if (old_size > size) {
        return failed(Errc::not_found, std::to_string(old_size) + " leaves of " + std::to_string(size));
    }
    return read<std::vector<Hash>>(size,
                                   [&](const Nodes& nodes) { return merkle::consistency_path(old_size, size, nodes); });
}

}  // namespace station::ledger
