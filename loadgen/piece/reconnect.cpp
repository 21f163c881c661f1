// The exercise `reconnect`, the piece alone: what somebody who comes back is told of a room's past, and where a cursor
// lets the past end and the present begin.
#include <loadgen/piece/heap.hpp>
#include <loadgen/piece/past_in_memory.hpp>
#include <loadgen/piece/piece.hpp>

#include "chat/live/follow.hpp"

using namespace station;
using chat::Follow;
using piece::id_of;
using piece::PastInMemory;

namespace {

using Missed = chat::Past::Found<chat::MissedRows>;

// "11 to 20", "3*", "none"
std::string numbers(const std::vector<chat::Row>& rows) {
    if (rows.empty()) return "none";
    if (rows.size() < 4) {
        std::string text;
        for (const chat::Row& row : rows) text += (text.empty() ? "" : " ") + row.content + (row.deleted ? "-" : "");
        return text;
    }
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].place <= rows[i - 1].place) return "out of order, or twice: " + rows[i].content;
    }
    return rows.front().content + " to " + rows.back().content + ", " + std::to_string(rows.size());
}
std::string told(const Missed& missed) {
    if (!missed) return "error: " + missed.error().message();
    std::string text = numbers(missed->messages);
    if (!missed->complete) text += ", and some left out";
    if (!missed->changed.empty()) text += "; changed: " + numbers(missed->changed);
    return text;
}

std::string stands(const Follow& cursor) {
    const char* const how = cursor.is_live() ? "live" : cursor.wants_read() ? "to be read" : "being read";
    return std::string{how} + " from " + std::to_string(cursor.position());
}

// Messages 1 to `count` of this room.
struct Room : PastInMemory {
    explicit Room(std::uint64_t count) {
        for (std::uint64_t i = 1; i <= count; ++i) post(i);
    }
};

// A room that is watched, and fails where it is told to.
struct Watched : Room {
    using Room::Room;
    Found<std::optional<std::uint64_t>> sequence_of(const chat::Id& message) override {
        if (fails_at == "sequence_of") return tl::unexpected(failure);
        return Room::sequence_of(message);
    }
    Found<std::vector<chat::Row>> from(std::uint64_t sequence, std::size_t limit) override {
        if (fails_at == "from") return tl::unexpected(failure);
        most = std::max(most, limit);
        return Room::from(sequence, limit);
    }
    Found<std::vector<chat::Row>> changed_from(std::uint64_t sequence) override {
        if (fails_at == "changed_from") return tl::unexpected(failure);
        return Room::changed_from(sequence);
    }
    Found<std::vector<chat::Row>> last(std::size_t limit) override {
        if (fails_at == "last") return tl::unexpected(failure);
        most = std::max(most, limit);
        return Room::last(limit);
    }
    std::string fails_at;
    std::size_t most = 0;  // messages that were asked for at once
    const std::error_code failure = std::make_error_code(std::errc::io_error);
};

}  // namespace

PIECE_CASE("what-came-after-the-one-that-was-seen", "Who names a message gets what came after it, and no more") {
    Room room{20};
    EXPECT(told(missed_after(room, id_of(10))), "11 to 20, 10");
    EXPECT(told(missed_after(room, id_of(19))), "20");
    EXPECT(told(missed_after(room, id_of(20))), "none");
    EXPECT(told(missed_after(room, id_of(1))), "2 to 20, 19");
}

PIECE_CASE("who-names-nothing-gets-the-last-fifty", "Who names nothing gets the last fifty, or as many as there are") {
    Room many{120};
    EXPECT(told(missed_after(many, std::nullopt)), "71 to 120, 50");
    Room few{7};
    EXPECT(told(missed_after(few, std::nullopt)), "1 to 7, 7");
    Room none{0};
    EXPECT(told(missed_after(none, std::nullopt)), "none");
}

PIECE_CASE("another-rooms-message-counts-as-none",
           "Who names a message of another room, or what is no message, names nothing") {
    Room room{120};
    EXPECT(told(missed_after(room, id_of(500))), "71 to 120, 50");
    EXPECT(told(missed_after(room, chat::Id{})), "71 to 120, 50");
}

PIECE_CASE("a-deleted-message-marks-its-place", "A message that was deleted still says how far somebody has come") {
    Room room{20};
    room.remove(10, 30);
    EXPECT(told(missed_after(room, id_of(10))), "11 to 20, 10; changed: 10-");
    room.remove(15, 31);
    EXPECT(told(missed_after(room, id_of(18))), "19 20; changed: 10- 15-");
}

PIECE_CASE("a-thousand-and-not-more", "A thousand are told; of more the last fifty, and that some are left out") {
    Watched room{1201};
    EXPECT(told(missed_after(room, id_of(201))), "202 to 1201, 1000");
    EXPECT(told(missed_after(room, id_of(200))), "1152 to 1201, 50, and some left out");
    EXPECT(told(missed_after(room, id_of(1))), "1152 to 1201, 50, and some left out");
    EXPECT(told(missed_after(room, std::nullopt)), "1152 to 1201, 50");
    EXPECT(room.most <= 1001, true);
}

PIECE_CASE("what-was-changed-comes-as-well",
           "What was seen and then edited or deleted is told, and nothing else of it") {
    Room room{20};
    room.edit(3, 21);
    room.remove(5, 22);
    room.edit(15, 23);
    EXPECT(told(missed_after(room, id_of(10))), "11 to 20, 10; changed: 3* 5-");
    EXPECT(told(missed_after(room, id_of(20))), "none; changed: 3* 5- 15*");
    EXPECT(told(missed_after(room, std::nullopt)), "1 to 20, 19");
    Room early{20};
    early.edit(3, 4);
    EXPECT(told(missed_after(early, id_of(10))), "11 to 20, 10");
    Room long_one{1201};
    long_one.edit(3, 2000);
    EXPECT(told(missed_after(long_one, id_of(5))), "1152 to 1201, 50, and some left out; changed: 3*");
}

PIECE_CASE("on-from-where-one-stands", "Who has stood somewhere goes on there") {
    Room room{20};
    room.edit(3, 21);
    EXPECT(told(missed_from(room, 16)), "16 to 20, 5; changed: 3*");
    EXPECT(told(missed_from(room, 21)), "none; changed: 3*");
    EXPECT(told(missed_from(room, 22)), "none");
    Room long_one{1201};
    EXPECT(told(missed_from(long_one, 202)), "202 to 1201, 1000");
    EXPECT(told(missed_from(long_one, 201)), "1152 to 1201, 50, and some left out");
    EXPECT(told(missed_from(long_one, 0)), "1152 to 1201, 50, and some left out");
    EXPECT(told(missed_from(long_one, std::nullopt)), "1152 to 1201, 50");
}

PIECE_CASE("an-error-is-passed-on", "What can't be read is an error, and no empty room") {
    for (const char* const at : {"sequence_of", "from", "changed_from"}) {
        Watched room{20};
        room.fails_at = at;
        EXPECT(told(missed_after(room, id_of(10))), "error: " + room.failure.message());
    }
    Watched room{20};
    room.fails_at = "last";
    EXPECT(told(missed_after(room, std::nullopt)), "error: " + room.failure.message());
    EXPECT(told(missed_after(room, id_of(500))), "error: " + room.failure.message());
}

PIECE_CASE("first-the-past-then-what-comes", "What comes is told once the past was, and each once") {
    Follow cursor{std::nullopt};
    EXPECT(cursor.wants_read(), true);
    cursor.reading();
    EXPECT(cursor.wants_read(), false);
    EXPECT(cursor.is_live(), false);
    cursor.was_read(5);
    EXPECT(cursor.is_live(), true);
    EXPECT(cursor.position(), 5U);
    EXPECT(cursor.take(5, true), true);
    EXPECT(cursor.take(6, true), true);
    EXPECT(cursor.take(9, true), true);
    EXPECT(cursor.position(), 10U);
    EXPECT(cursor.wants_read(), false);
}

PIECE_CASE("what-comes-while-one-reads", "What comes while the past is read is told by reading again, and not before") {
    Follow cursor{std::nullopt};
    cursor.reading();
    EXPECT(cursor.take(7, true), false);
    EXPECT(cursor.take(8, true), false);
    cursor.was_read(5);
    EXPECT(cursor.is_live(), false);
    EXPECT(cursor.wants_read(), true);
    EXPECT(cursor.position(), 5U);
    cursor.reading();
    EXPECT(cursor.take(12, true), false);
    cursor.was_read(12);
    EXPECT(cursor.is_live(), false);
    cursor.reading();
    cursor.was_read(13);
    EXPECT(cursor.is_live(), true);
    EXPECT(cursor.take(13, true), true);
}

PIECE_CASE("what-was-read-is-not-told-again", "What was read already, and comes by later, is not told again") {
    Follow cursor{std::nullopt};
    cursor.reading();
    EXPECT(cursor.take(7, true), false);
    cursor.was_read(9);
    EXPECT(cursor.is_live(), true);
    EXPECT(cursor.take(8, true), false);
    EXPECT(cursor.is_live(), true);
    EXPECT(cursor.take(9, true), true);
}

PIECE_CASE("where-there-is-no-room", "What there is no room for is told later: it is read from where one stood") {
    Follow cursor{std::nullopt};
    cursor.reading();
    cursor.was_read(5);
    EXPECT(cursor.take(5, true), true);
    EXPECT(cursor.take(6, false), false);
    EXPECT(stands(cursor), "to be read from 6");
    EXPECT(cursor.take(7, true), false);
    cursor.reading();
    EXPECT(stands(cursor), "being read from 6");
    cursor.was_read(7);
    EXPECT(stands(cursor), "to be read from 7");
    cursor.reading();
    cursor.was_read(8);
    EXPECT(stands(cursor), "live from 8");
    EXPECT(cursor.take(8, true), true);
}

PIECE_CASE("nothing-is-kept", "However much comes while one reads, nothing of it is kept") {
    Follow cursor{std::nullopt};
    cursor.reading();
    const auto before = piece::blocks_in_use();
    for (std::uint64_t i = 0; i < 10'000; ++i) cursor.take(i, true);
    EXPECT(piece::blocks_in_use() - before, 0);
}
