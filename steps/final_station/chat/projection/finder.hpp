// Full-text search over the rooms that somebody is in, newest first. The index has its words by room and then by time,
// so that a word that is everywhere is found in one room as fast as one that is rare:
//
//   few rooms     the newest of each, room by room
//   many rooms    a rare word: all places that have it, whosever they are. A common one: the newest messages are read
//                 until enough have it. One that is common elsewhere: room by room, until what is left is too old
//   many words    in many rooms: common ones may meet seldom, so the newest messages are read first
//   prefixes      for them FTS5 would first collect all places of all such words: it is asked only where the newest
//                 messages have not enough of them
//
// What is not in the index yet is read. One thread at a time.
#pragma once

#include <algorithm>
#include <queue>

#include "query.hpp"
#include "reader.hpp"

namespace station::chat {

class Finder {
  public:
    // The rooms ascend.
    Finder(Reader& reader, const Query& query, std::vector<RoomNumber> rooms, std::size_t limit)
        : reader_(reader), query_(query), rooms_(std::move(rooms)), limit_(limit) {}

    Reader::Found<std::vector<Place>> find();

  private:
    struct Older {
        bool operator()(Place a, Place b) const { return sequence_of(a) > sequence_of(b); }
    };

    // The texts of a room, newest first, a few at a time.
    struct Texts {
        RoomNumber room = 0;
        std::vector<std::pair<Place, std::string>> read = {};  // the next one is the last
        std::optional<Place> last = {};                        // that was read
        bool more = true;
    };
    std::error_code read_on(Texts& texts);

    // Each: whether that was all.
    Reader::Found<bool> look_at_newest();
    Reader::Found<bool> look_everywhere(std::size_t most);
    Reader::Found<bool> look_by_room();

    bool is_mine(Place place) const { return std::ranges::binary_search(rooms_, room_of(place)); }
    bool is_full() const { return best_.size() == limit_; }
    bool is_too_old(Place place) const { return is_full() && sequence_of(place) < sequence_of(best_.top()); }
    void keep(Place place);
    // What is not in the index yet.
    std::error_code begin_with_fresh();
    std::vector<Place> newest_first();

    Reader& reader_;
    const Query& query_;
    std::vector<RoomNumber> rooms_;
    std::size_t limit_;
    std::priority_queue<Place, std::vector<Place>, Older> best_;  // the oldest of them on top
};

}  // namespace station::chat
