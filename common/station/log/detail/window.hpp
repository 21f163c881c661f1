// Reading a file through a window that moves along it: resident memory stays small however long the file is.
//
// What it shows is a copy that nothing changes any more once it was checked: where the file is cut meanwhile or the
// disk fails, reading says so in an error, while a mapping would show zeros or end this process by SIGBUS. Only what
// the process's own writer has written a moment ago is mapped, and all who follow it live share the mapping.
#pragma once

#include <cstdint>
#include <limits>
#include <station/log/file.hpp>
#include <station/log/record.hpp>
#include <vector>

namespace station::log {

struct Wanted {
    std::uint64_t position = 0;
    std::size_t least = 0;  // bytes
    std::size_t most = 0;
    bool may_wait = true;          // for the disk, or for a file to be opened; otherwise Errc::not_in_memory
    ReadBuffer* buffer = nullptr;  // of the one who asks, where there is one
};

class ByteSource {
  public:
    // A copy of `least` bytes, less only where the file ends; how many more, up to `most`, is the source's choice.
    virtual Expected<Mapping> load(const Wanted& wanted) = 0;
    // The same of what was written a moment ago, perhaps without a copy.
    virtual Expected<Mapping> load_hot(const Wanted& wanted) { return load(wanted); }

  protected:
    ~ByteSource() = default;
};

// Reads what it is asked for, a part of the file at a time. The file must outlive it; one thread.
class FileReader final : public ByteSource {
  public:
    // What is asked for behind the file's end: is not there, or is zeros, so that it does not matter that another
    // process cuts what it had written ahead.
    enum class End { end, zeros };
    explicit FileReader(File& file, End at_end = End::end) : file_(file), at_end_(at_end) {}
    Expected<Mapping> load(const Wanted& wanted) override;

  private:
    File& file_;
    const End at_end_;
    ReadBuffer buffer_;
};

// Views into it stay valid until it moves, or, where it keeps what it left, until release(). One thread.
class RecordWindow {
  public:
    enum class Left { drop, keep };
    explicit RecordWindow(Left left = Left::drop) : left_(left) {}

    // The record at `position`, of which no byte at or behind `limit` is looked at. Its bytes that are not there though
    // the limit says so are an error, never the end of the file.
    Expected<Decoded> decode(ByteSource& source, std::uint64_t position, std::uint64_t limit, Record& record);
    // Bytes from `position` on, at least `wanted` of them and at most to `limit`.
    Expected<Bytes> bytes(ByteSource& source, std::uint64_t position, std::uint64_t limit, std::size_t wanted);
    // Whether bytes() may wait for the disk; where it may not, and would have to, it says Errc::not_in_memory.
    void may_wait(bool may) { may_wait_ = may; }
    // Bytes from here on have been written just now, by this process.
    void hot_from(std::uint64_t position) { hot_from_ = position; }
    // Another source comes next.
    void leave();
    void release() { kept_.clear(); }
    // Holds nothing any more.
    void clear();

  private:
    Left left_;
    Mapping mapping_;
    bool may_wait_ = true;
    std::uint64_t hot_from_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t known_to_ = 0;  // what lay behind this when it was loaded may have changed since
    std::vector<Mapping> kept_;
};

}  // namespace station::log
