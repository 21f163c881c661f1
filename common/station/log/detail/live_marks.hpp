// bus.live: how far processes beside the writer may read, topic by topic. What lies behind its mark in a topic's file
// may be half written, not yet durable, or taken back in a moment; what lies before it stays as it is.
//
//   u64 starts | u64 next offset of stream 1 | of stream 2 | ...     little-endian
//
// The owner of the folder keeps the file mapped and moves each mark with one store. Readers believe the marks only
// while the owner holds its lock on the file (an open file description lock, fcntl(2), which readers can ask for
// without taking it), and it takes that lock after recovery has set all of them. `starts` is another number after every
// start, so that a reader sees one come between two of its looks. Never evidence for recovery.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <station/base/descriptor.hpp>
#include <station/log/file.hpp>
#include <vector>

namespace station::log {

// The owner's side. One thread at a time; the marks themselves may be stored to from any.
class LiveMarks {
  public:
    // The room for a mark is taken before it is mapped: a full disk is an error here, never a signal later.
    static Expected<std::unique_ptr<LiveMarks>> make(const Path& file);
    LiveMarks(const LiveMarks&) = delete;
    LiveMarks& operator=(const LiveMarks&) = delete;
    ~LiveMarks();

    // An error where there is no room for it, or where the number is too large to have a mark.
    Expected<std::atomic<std::uint64_t>*> mark(std::uint32_t stream);
    // From now on readers believe the marks.
    std::error_code vouch();

  private:
    LiveMarks(base::Descriptor fd, std::atomic<std::uint64_t>* marks) : fd_(std::move(fd)), marks_(marks) {}

    base::Descriptor fd_;
    std::atomic<std::uint64_t>* const marks_;
    std::uint64_t room_ = 0;  // bytes of the file that are there
};

// What a reader sees of a folder's owner, at one moment.
struct LiveState {
    bool owned = false;    // a process has the folder open for writing
    bool marked = false;   // and its marks may be believed
    bool to_mark = false;  // there are marks that it may come to vouch for
    std::uint64_t starts = 0;
    std::vector<std::uint64_t> marks;  // by stream, from 0, which is none

    // Events before it may be read; 0 where there is no mark.
    std::uint64_t mark(std::uint32_t stream) const { return stream < marks.size() ? marks[stream] : 0; }
    // Nobody has begun or stopped to write since.
    bool same_owner(const LiveState& later) const {
        return owned == later.owned && marked == later.marked && starts == later.starts;
    }
};

Expected<LiveState> look_at_owner(const Path& dir);
// The same, but waits a while for an owner that is starting: its marks are not to be believed yet.
Expected<LiveState> look_at_settled_owner(const Path& dir);

}  // namespace station::log
