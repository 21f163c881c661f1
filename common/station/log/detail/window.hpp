// Reading a file through a window that moves along it: resident memory stays small however long the file is.
//
// Where the bytes come from is the source's business. Inside the writer's process a segment below its watermark is
// mapped, and all who read there share the mapping. Outside of it, and where a file may hold anything (recovery,
// verify), they are read into memory: a mapping would end this process by SIGBUS where the file is cut under it or the
// disk fails, and a read says so in an error.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <station/log/file.hpp>
#include <station/log/record.hpp>
#include <vector>

namespace station::log {

class ByteSource {
  public:
    // At least `wanted` bytes from `position` on, less only where the file ends; how many more is the source's choice.
    virtual Expected<Mapping> load(std::uint64_t position, std::size_t wanted) = 0;
    // The same, where it takes neither the disk nor a descriptor.
    virtual std::optional<Mapping> at_hand(std::uint64_t, std::size_t) { return std::nullopt; }

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
    Expected<Mapping> load(std::uint64_t position, std::size_t wanted) override;

  private:
    File& file_;
    const End at_end_;
    std::shared_ptr<std::byte> memory_;  // used again once nobody else knows it
    std::size_t capacity_ = 0;
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
    // Bytes from here on have been written just now, and need not be asked for.
    void trust_from(std::uint64_t position) { trusted_from_ = position; }
    // Another source comes next.
    void leave();
    void release() { kept_.clear(); }
    // Holds nothing any more.
    void clear();

  private:
    std::error_code move_to(ByteSource& source, std::uint64_t position, std::size_t wanted);
    std::error_code touch(std::uint64_t position, std::uint64_t needed_to, std::uint64_t to);

    Left left_;
    Mapping mapping_;
    bool may_wait_ = true;
    std::uint64_t trusted_from_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t touched_from_ = 0;  // of the mapping: known to be in memory, a moment ago
    std::uint64_t touched_to_ = 0;
    std::uint64_t known_to_ = 0;  // what lay behind this when it was loaded may have changed since
    std::vector<Mapping> kept_;
};

}  // namespace station::log
