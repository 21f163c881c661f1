// Reads single records whose place is known: who keeps an index of a topic keeps the position that a receipt said, or
// that a cursor passed by (segment_bases() and the records' sizes say it). One thread at a time; may outlive its Bus.
#pragma once

#include <cstdint>
#include <memory>
#include <station/log/file.hpp>
#include <station/log/topic.hpp>

namespace station::log {

class Segment;

class RecordReader {
  public:
    explicit RecordReader(const Topic& topic);
    RecordReader(RecordReader&&) noexcept;
    RecordReader& operator=(RecordReader&&) noexcept;
    ~RecordReader();

    // The record of this offset, which begins at `position` in the file of its segment. `size`: how long it is, where
    // that is known; a wrong one costs a second read. Its views are valid until the next read. `ahead`: bytes from
    // `position` on that will be wanted soon, read together with it: what lies in them costs no read then.
    // Errc::damaged: something else lies there. Errc::out_of_order: no such offset yet.
    Expected<EventView> read(std::uint64_t offset, std::uint32_t position, std::size_t size = 0, std::size_t ahead = 0);
    // What the last record lies in, for who keeps its views longer.
    const std::shared_ptr<const std::byte>& memory() const { return mapping_.memory; }

  private:
    Expected<Bytes> load(std::uint32_t position, std::size_t size, std::size_t most);

    std::shared_ptr<TopicEntry> entry_;
    std::shared_ptr<Segment> segment_;  // that of the last read
    ReadBuffer buffer_;
    Mapping mapping_;
};

}  // namespace station::log
