// The nodes of a ledger's Merkle tree (tree.hpp) in a file beside the log, so that a root, of now or of then, or a
// proof takes a few reads, and memory does not grow with the ledger.
//
// The file holds tiles: 256 nodes side by side, on level 0, 8, 16, … (a tile's tier is its level / 8); what lies
// between these levels is made of them again. The idea is Russ Cox's (https://research.swtch.com/tlog). A tile is
// written once, when it is complete, behind all that were complete before it, and never changes:
//
//   file   header (32 bytes: "station ledger tree 1", zeros behind it) | tile | tile | …
//   tile   256 hashes | seal: H(0x02 | tier | index in the tier | root of the 256), both numbers 8 bytes little-endian
//
// that is 32 bytes and a bit for each leaf. What is in no complete tile, at most 255 nodes of a tier, is in memory.
//
// The file is derived from the log and never believed against it. A seal is checked whenever its tile is read: a tile
// that is not as it was written is Errc::damaged, never a wrong root, and truncate(0) and all hashes again are the
// cure. After open() the tree may be short of leaves (those of no complete tile, and what a crash kept from the
// disk): the log has them, append() takes them. It may have more leaves than the log, or others where somebody
// exchanged a file: hold size() against the log, and leaf(size() - 1) against the hash there. Only what is durable in
// the log may be appended.
//
// One thread at a time appends, truncates or syncs; any number may read meanwhile, from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <station/base/guarded.hpp>
#include <station/ledger/error.hpp>
#include <station/ledger/proof/tree.hpp>
#include <station/log/file.hpp>
#include <vector>

namespace station::ledger {

class Tile;
struct TileName;

class TreeFile {
  public:
    // Made where there is none; begun anew where it is no such file; cut where a tile is damaged that is needed at
    // once. With read_only nothing is ever written: what is appended stays in memory, 32 bytes for each leaf that the
    // file lacks. Errors are the disk's.
    static Result<std::unique_ptr<TreeFile>> open(log::Disk& disk, log::Path path, bool read_only);
    ~TreeFile();

    std::uint64_t size() const;  // leaves

    // In log order. After an error (the disk's, or Errc::full) those below size() are in.
    Result<void> append(std::span<const Hash> event_hashes);
    // To at most `size` leaves, durably. After an error the tree has been cut, but a power cut may bring back what was
    // cut off: call it again before anything else is appended.
    Result<void> truncate(std::uint64_t size);
    // What is complete survives a power cut; without it more may have to come from the log again.
    Result<void> sync();

    // Errc::not_found beyond size(), Errc::damaged where the file is not as it was written, or the disk's.
    Result<Hash> leaf(std::uint64_t index) const;
    Result<Hash> root(std::uint64_t size) const;
    Result<std::vector<Hash>> inclusion(std::uint64_t index, std::uint64_t size) const;
    Result<std::vector<Hash>> consistency(std::uint64_t old_size, std::uint64_t size) const;

  private:
    class Nodes;
    static constexpr std::size_t kTiers = 4;  // 2^32 - 1 leaves, which is what a ledger can have
    struct State {
        std::uint64_t size = 0;
        // Of each tier the nodes that are in no complete tile: their number is (size >> 8 * tier) % 256.
        std::array<std::vector<Hash>, kTiers> edges;
        // With read_only: as far as the file goes, and the tiles from there on.
        std::uint64_t file_tiles = 0;
        std::vector<std::byte> unwritten;
    };

    TreeFile(log::Disk& disk, log::Path path, bool read_only);
    Result<void> open_file();
    Result<void> load();
    Result<void> load_edges(State& state) const;
    Result<void> complete_tile(std::span<const Hash> event_hashes);
    Result<void> write_tile(std::uint64_t number, Bytes tile);
    Result<void> cut_file(std::uint64_t tiles);
    Result<Tile> read_tile(const State& state, const TileName& name) const;
    template <typename T, typename Make>
    Result<T> read(std::uint64_t size, const Make& make) const;
    Error trouble(std::error_code code) const { return {code, path_.string(), std::nullopt}; }

    log::Disk& disk_;
    const log::Path path_;
    const bool read_only_;
    bool name_is_durable_ = true;
    std::unique_ptr<log::File> file_;  // none: read_only, and there is no file
    mutable base::Mutex turnstile_;    // held by who waits for, or has, mutex_ for himself
    mutable base::SharedMutex mutex_;
    State state_ STATION_GUARDED_BY(mutex_);
};

}  // namespace station::ledger
