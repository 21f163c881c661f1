// A program's own operator new and malloc(): memory can run out where a case wants it to, what is not given back is
// counted, and a case can look at what a piece keeps in memory while the piece is at work. A program has them where
// loadgen/piece/CMakeLists.txt names `heap` among its probes. Any thread, except where it says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace station::piece {

// While one lives, there is no memory for the thread that made it.
class NoMemory {
  public:
    NoMemory();
    NoMemory(const NoMemory&) = delete;
    NoMemory& operator=(const NoMemory&) = delete;
    ~NoMemory();
};

// Blocks that operator new has given and that have not come back.
std::int64_t blocks_in_use();

// While one lives, what operator new gives lies in a place that can be searched. One at a time; what was given must not
// be used after it.
class SearchedHeap {
  public:
    SearchedHeap();
    SearchedHeap(const SearchedHeap&) = delete;
    SearchedHeap& operator=(const SearchedHeap&) = delete;
    ~SearchedHeap();

    // Where `value` lies in it, as a whole word.
    std::vector<std::int64_t*> find(std::int64_t value) const;
};

}  // namespace station::piece
