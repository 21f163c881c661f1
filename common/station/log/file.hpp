// The disk as the log sees it: few and small operations, so that a test can put a simulated disk in its place that
// forgets what was not synced, fails the n-th call or runs full (the idea is LevelDB's Env).
//
// Errors are values; nothing throws. A File may be used by one writing and many reading threads at a time, a Disk by
// any. Everything that has to survive a power cut says so: sync() for a file's bytes and size, sync_folder() for the
// names in a folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <station/log/bytes.hpp>
#include <string>
#include <system_error>
#include <tl/expected.hpp>
#include <vector>

namespace station::log {

using Path = std::filesystem::path;

template <typename T>
using Expected = tl::expected<T, std::error_code>;

// Part of a file in memory: mapped, or a copy. What is mapped changes with the file: only bytes that are known to be
// written may be read, and none past the file's end. Valid as long as a copy of it lives, even after its File is gone.
struct Mapping {
    std::shared_ptr<const std::byte> memory;
    std::uint64_t offset = 0;  // in the file
    std::size_t size = 0;
    bool mapped = false;

    bool covers(std::uint64_t from, std::uint64_t to) const { return from >= offset && to <= offset + size; }
    Bytes bytes(std::uint64_t from, std::uint64_t to) const {
        return {memory.get() + (from - offset), static_cast<std::size_t>(to - from)};
    }
};

// Memory to read into, used again once nobody else knows it. One thread.
class ReadBuffer {
  public:
    // At least `size` bytes; nullptr where there are none.
    std::shared_ptr<std::byte> room(std::size_t size);

  private:
    std::shared_ptr<std::byte> memory_;
    std::size_t capacity_ = 0;
};

class File {
  public:
    virtual ~File() = default;

    virtual Expected<std::uint64_t> size() = 0;
    // Reads into all of `into`, less only where the file ends: how much it was.
    virtual Expected<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) = 0;
    // The same of what needs no disk: less also where the rest would, and Errc::not_in_memory where all would.
    virtual Expected<std::size_t> read_resident(std::uint64_t offset, std::span<std::byte> into) {
        return read_at(offset, into);
    }
    // Maps at least [offset, offset + size), more where pages need it, even where the file ends before that.
    virtual Expected<Mapping> map(std::uint64_t offset, std::size_t size) = 0;
    // All of it, or an error; after an error any part may have been written.
    virtual std::error_code write_at(std::uint64_t offset, Bytes bytes) = 0;
    // When it returns without an error, all that was written before survives a power cut.
    virtual std::error_code sync() = 0;
    virtual std::error_code truncate(std::uint64_t size) = 0;
};

// Held as long as it lives.
class FolderLock {
  public:
    virtual ~FolderLock() = default;
};

// What a name leads to; a link counts as such, wherever it leads.
enum class Kind { none, file, folder, link, other };

enum class Open { read, write, create };  // create: for writing, made or emptied

class Disk {
  public:
    virtual ~Disk() = default;

    virtual Expected<std::unique_ptr<File>> open(const Path& path, Open mode) = 0;
    virtual Expected<bool> exists(const Path& path) = 0;
    virtual Expected<std::vector<std::string>> list(const Path& folder) = 0;  // names, in no order
    virtual Expected<Kind> kind(const Path& path) = 0;
    virtual std::error_code create_folders(const Path& folder) = 0;
    virtual std::error_code rename(const Path& from, const Path& to) = 0;
    virtual std::error_code remove(const Path& path) = 0;         // a file, or a link
    virtual std::error_code remove_folder(const Path& path) = 0;  // an empty one
    virtual std::error_code sync_folder(const Path& folder) = 0;
    // Takes the folder that `path` lies in for this process; the file is made where there is none, and shows others
    // that the folder has an owner. Errc::locked where another one holds it.
    virtual Expected<std::unique_ptr<FolderLock>> lock(const Path& path) = 0;
    // Other processes may read these files, too: see detail/live_marks.hpp.
    virtual bool is_shared() const { return false; }
};

// The operating system's.
Disk& posix_disk();

// A small file as a whole.
Expected<std::string> read_whole(Disk& disk, const Path& path);
// Replaces a small file so that after a power cut it is the old one or the new one: a new file, synced, renamed over
// the old one, the folder synced.
std::error_code replace_whole(Disk& disk, const Path& path, Bytes content);
// The same, and it may be the old one until its folder is synced.
std::error_code replace_unsynced(Disk& disk, const Path& path, Bytes content);

}  // namespace station::log
