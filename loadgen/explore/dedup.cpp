// The exercise `dedup`, the piece alone: what post_once() does when several post with one client_message_id at once.
#include <array>
#include <atomic>
#include <loadgen/explore/explore.hpp>
#include <loadgen/piece/room_in_memory.hpp>
#include <thread>

using namespace station;
using piece::id_of;
using piece::Posting;
using piece::Room;

namespace {

struct Outcome {
    std::string reason;
    std::uint64_t sequence = 0;
    bool duplicate = false;
};

// Another one each time: what a program remembers is no message of this room.
chat::Id next_key() {
    static std::atomic<std::uint64_t> number{0};
    return id_of(++number);
}

void post(const char* thread, Room& room, const char* member, const chat::Id& key, Outcome& outcome) {
    explore::name(thread);
    const auto posting = std::make_shared<Posting>(room, Room::Draft{member, thread}, key);
    chat::post_once(posting, [&outcome](chat::Answer<chat::Post::Written> answer) {
        if (answer) {
            outcome = {"", answer->sequence, answer->duplicate};
        } else {
            outcome.reason = answer.error().reason;
        }
    });
}

void require_one(const Room& room) {
    explore::require(room.messages().size() == 1, "one client_message_id is two messages: doubled");
    explore::require(room.told().size() == 1, "a message is told twice, or to nobody");
}

}  // namespace

SCENARIO("two-tabs-at-once", "A member sends the same from two tabs at once: it is posted once, and both are told so") {
    Room room;
    const chat::Id key = next_key();
    std::array<Outcome, 2> outcomes;
    {
        const std::jthread first{[&] { post("tab 1", room, "ann", key, outcomes[0]); }};
        const std::jthread second{[&] { post("tab 2", room, "ann", key, outcomes[1]); }};
    }
    require_one(room);
    for (const Outcome& outcome : outcomes) {
        explore::require(outcome.reason.empty() && outcome.sequence == 0, "a tab is told no, and it is posted");
    }
    explore::require(outcomes[0].duplicate != outcomes[1].duplicate, "not one of two is told that it is new");
}

SCENARIO("two-members-at-once", "Two members use one id at once: who comes first has it, and the other is refused") {
    Room room;
    const chat::Id key = next_key();
    std::array<Outcome, 3> outcomes;
    {
        const std::jthread first{[&] { post("ann", room, "ann", key, outcomes[0]); }};
        const std::jthread second{[&] { post("ben", room, "ben", key, outcomes[1]); }};
        const std::jthread third{[&] { post("ann again", room, "ann", key, outcomes[2]); }};
    }
    require_one(room);
    const bool ann_has_it = room.messages().front().by == "ann";
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const bool is_ann = i != 1;
        const char* const expected = is_ann == ann_has_it ? "" : "client_message_id_taken";
        explore::require(outcomes[i].reason == expected,
                         "who has not said it is told that it is said, or who has, not");
    }
}

SCENARIO("the-log-answers-beside", "Two tabs send the same while the log's thread answers") {
    Room room;
    room.is_slow = true;
    const chat::Id key = next_key();
    std::array<Outcome, 2> outcomes;
    {
        const std::jthread log{[&] {
            explore::name("the log");
            room.settle();
        }};
        const std::jthread first{[&] { post("tab 1", room, "ann", key, outcomes[0]); }};
        const std::jthread second{[&] { post("tab 2", room, "ann", key, outcomes[1]); }};
    }
    room.settle();
    require_one(room);
    explore::require(outcomes[0].duplicate != outcomes[1].duplicate, "not one of two is told that it is new");
}
