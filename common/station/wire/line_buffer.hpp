// Cuts a stream of bytes into lines, whatever pieces the bytes arrive in. No I/O: the caller reads into prepare(),
// says how much with commit(), and takes lines out with next() until one is incomplete.
//
// A line ends with '\n'; a '\r' right before it is dropped; empty lines are skipped. A line of more than `max_line`
// bytes is too_long, and so is everything after it: the caller answers once and closes.
//
// Many connections of one thread share a ReadBlock: bytes are read into it and mostly used up at once, so it stays in
// the processor's cache, and a connection that waits owns no buffer at all. What a connection has not used when another
// one takes the block (half a line, as a rule) moves into memory of its own by itself. So two things hold only until
// the next prepare() on the same block, that is, until the coroutine suspends: the room that prepare() gave, and the
// text of the lines.
//
// Not thread-safe; a block and its buffers belong to one thread, and the block outlives them.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace station::wire {

inline constexpr std::size_t kDefaultMaxLine = 65536;

enum class LineStatus { complete, incomplete, too_long };

struct Line {
    LineStatus status = LineStatus::incomplete;
    std::string_view text;  // without its ending; empty unless complete
};

class LineBuffer;

class ReadBlock {
  private:
    friend class LineBuffer;
    std::vector<char> bytes_;
    LineBuffer* user_ = nullptr;
};

class LineBuffer {
  public:
    // With a block of its own.
    explicit LineBuffer(std::size_t max_line = kDefaultMaxLine);
    LineBuffer(ReadBlock& block, std::size_t max_line);
    LineBuffer(const LineBuffer&) = delete;
    LineBuffer& operator=(const LineBuffer&) = delete;
    ~LineBuffer();

    // Room for the next read, never empty.
    std::span<char> prepare();
    // The first `bytes` of what prepare() gave are filled now.
    void commit(std::size_t bytes);
    std::size_t last_commit() const { return last_commit_; }
    // For the lines to come: who has shown who they are may send longer ones.
    void set_max_line(std::size_t max_line) { max_line_ = max_line; }
    // The beginning of a line is here, and its end is not; known once next() has said incomplete.
    bool inside_line() const { return end_ > begin_; }
    Line next();
    // All the lines that are whole, in one piece, each with a '\n' behind it: what an echo sends back. Nothing is
    // copied where no '\r' and no empty line has to be taken out.
    Line next_run();

  private:
    void leave_block();
    char* data();
    Line end_of_lines();

    std::size_t max_line_;
    std::unique_ptr<ReadBlock> own_block_;
    ReadBlock* block_;
    std::vector<char> kept_;   // what was left when another connection took the block
    std::size_t begin_ = 0;    // where the first line not yet returned begins, in the block or in kept_
    std::size_t scanned_ = 0;  // up to here there is no '\n' in that line
    std::size_t end_ = 0;      // where the received bytes end
    std::size_t last_commit_ = 0;
    bool too_long_ = false;  // a line was, and nothing after it counts
};

}  // namespace station::wire
