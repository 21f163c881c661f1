// The parts of the chat's live side that know neither sockets nor threads.
#include <catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <station/net/websocket.hpp>
#include <string>
#include <vector>

#include "chat/live/follow.hpp"
#include "chat/live/frames.hpp"
#include "chat/live/outbox.hpp"
#include "chat/live/presence.hpp"
#include "chat/live/requests.hpp"
#include "chat/live/seen_marks.hpp"
#include "chat/live/typists.hpp"

namespace station::chat {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const Id kAnn = random_id();
const Id kBen = random_id();
const Id kRoom = random_id();

// The texts that frames hold, as whoever gets them sees them.
std::vector<nlohmann::json> texts_of(std::string_view frames) {
    struct Reader final : net::WebSocket::Handler {
        void on_text(std::string_view text) override { all.push_back(nlohmann::json::parse(text)); }
        void on_binary(std::span<const std::byte>) override { FAIL("bytes"); }
        std::vector<nlohmann::json> all;
    } reader;
    net::WebSocket socket{net::WebSocket::Role::client};
    CHECK(socket.feed(frames, reader) == frames.size());
    CHECK_FALSE(socket.inside_message());
    return reader.all;
}
nlohmann::json text_of(std::string_view frame) {
    const auto all = texts_of(frame);
    REQUIRE(all.size() == 1);
    return all.front();
}

template <typename T>
T parsed(std::string_view text) {
    const auto request = parse_request(text);
    REQUIRE(request);
    REQUIRE(std::holds_alternative<T>(*request));
    return std::get<T>(*request);
}

}  // namespace

TEST_CASE("A hello names rooms, and of each what was seen last, if that can be a message") {
    const std::string text = R"({"type":"hello","rooms":{")" + kRoom.to_text() + R"(":")" + kAnn.to_text() +
                             R"(","b":null,"c":"no id"},"more":[1]})";
    const Hello hello = parsed<Hello>(text);
    REQUIRE(hello.rooms.size() == 3);
    for (const Hello::Wish& wish : hello.rooms) {
        CHECK(wish.seen.has_value() == (wish.room == kRoom.to_text()));
    }
}

TEST_CASE("What is no request is told from what is no JSON") {
    CHECK(parse_request("{").error().reason == "invalid_json");
    CHECK(parse_request(R"({"type":"ping"}{})").error().reason == "invalid_json");
    CHECK(parse_request("[]").error().reason == "invalid_request");
    CHECK(parse_request(R"({"type":"hello","rooms":{"a":1}})").error().reason == "invalid_request");
    CHECK(parse_request(std::string(100'000, '[')).error().reason == "invalid_request");
    const auto unknown = parse_request(R"({"type":"dance","client_message_id":"c"})");
    CHECK(unknown.error().reason == "unknown_type");
    CHECK(unknown.error().client_message_id == "c");
}

TEST_CASE("Where a message lacks something or has it of another type, the gates decide") {
    const Say say = parsed<Say>(R"({"type":"message","room":7,"content":["x"]})");
    CHECK_FALSE(say.room);
    CHECK(say.content.empty());
    CHECK(say.client_message_id.empty());
}

TEST_CASE("Frames say what was agreed upon, whatever stands in it") {
    const std::string hostile = "\"\\\n\x01</script>\xE2\x80\xAE";
    CHECK(
        text_of(ack_frame(hostile, R"({"id":1})", true)) ==
        nlohmann::json{{"type", "ack"}, {"client_message_id", hostile}, {"message", {{"id", 1}}}, {"duplicate", true}});
    CHECK(text_of(room_removed_frame(hostile)) == nlohmann::json{{"type", "room_removed"}, {"room", hostile}});
    CHECK(text_of(error_frame("a", hostile, std::nullopt)) ==
          nlohmann::json{{"type", "error"}, {"reason", "a"}, {"detail", hostile}, {"client_message_id", nullptr}});
    CHECK(text_of(error_frame(Refusal{"a", "b", 7}, hostile))["retry_after"] == 7);
    User me;
    me.id = kAnn;
    me.name = hostile;
    me.login = "ann";
    CHECK(text_of(welcome_frame(me))["me"] ==
          nlohmann::json{{"id", kAnn.to_text()}, {"name", hostile}, {"login", "ann"}, {"role", "member"}});
    const Presence::List here{{kAnn, true}, {kBen, false}};
    CHECK(text_of(presence_frame(here))["users"][1] == nlohmann::json{{"id", kBen.to_text()}, {"online", false}});
    CHECK(text_of(presence_frame({}))["users"].empty());
}

TEST_CASE("What was missed is one frame behind the other, in chunks that end where a frame does") {
    Projection::Missed missed;
    for (int i = 0; i < 100; ++i) {
        ShownMessage message;
        message.id = random_id();
        message.room = kRoom;
        message.content = std::string(static_cast<std::size_t>(i) * 97, 'x');
        missed.messages.push_back(message);
    }
    missed.updated.push_back(missed.messages.front());
    missed.removed.push_back(kAnn);
    missed.complete = false;
    Outbox frames = missed_frames(kRoom, missed, true);
    std::vector<nlohmann::json> texts;
    while (!frames.empty()) {
        std::string out;
        frames.move_to(out, 1);  // a chunk
        for (auto& text : texts_of(out)) texts.push_back(std::move(text));
    }
    REQUIRE(texts.size() == 103);
    CHECK(texts[0] ==
          nlohmann::json{{"type", "missed"}, {"room", kRoom.to_text()}, {"count", 100}, {"complete", false}});
    CHECK(texts[100]["message"]["id"] == missed.messages.back().id.to_text());
    CHECK(texts[101]["type"] == "updated");
    CHECK(texts[102] == nlohmann::json{{"type", "removed"}, {"room", kRoom.to_text()}, {"id", kAnn.to_text()}});
}

TEST_CASE("An outbox gives back in order what it took, and knows how much it holds") {
    std::mt19937 random{42};
    Outbox outbox;
    std::string expected;
    std::string out;
    for (int i = 0; i < 1000; ++i) {
        const std::string frame(random() % 5000 + 1, static_cast<char>('a' + i % 26));
        expected += frame;
        if (i % 7 == 0) {
            Outbox other;
            other.add(frame);
            outbox.add(std::move(other));
        } else if (i % 7 == 1) {
            outbox.add(std::make_shared<const std::string>(frame));
        } else {
            outbox.add(frame);
        }
        if (random() % 5 == 0) {
            std::string some;
            outbox.move_to(some, random() % 20000);
            out += some;
        }
        CHECK(outbox.bytes() == expected.size() - out.size());
    }
    outbox.move_to(out, expected.size());
    CHECK(out == expected);
    CHECK(outbox.empty());
}

// Whatever comes while the past is being read, and however often a client falls behind: each change is told once, in
// order, by a read or live.
TEST_CASE("A cursor of a room has no seam") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    for (int round = 0; round < 500; ++round) {
        Follow cursor{std::nullopt};
        std::vector<std::uint64_t> told;
        std::uint64_t end = 1;   // of the tables
        std::uint64_t live = 1;  // of what the thread was told of
        const auto tell_live = [&] {
            for (; live < end; ++live) {
                if (cursor.take(live, random() % 8 != 0)) told.push_back(live);
            }
        };
        std::uint64_t read_to = 0;
        for (int step = 0; step < 200; ++step) {
            switch (random() % 4) {
                case 0: end += random() % 3; break;
                case 1: tell_live(); break;
                case 2:
                    if (read_to == 0 && cursor.wants_read()) {
                        cursor.reading();
                        for (std::uint64_t at = std::max<std::uint64_t>(cursor.position(), 1); at < end; ++at) {
                            told.push_back(at);
                        }
                        read_to = end;
                    }
                    break;
                default:
                    if (read_to != 0) cursor.was_read(std::exchange(read_to, 0));
            }
        }
        if (read_to != 0) cursor.was_read(read_to);
        tell_live();
        if (cursor.wants_read()) {
            for (std::uint64_t at = std::max<std::uint64_t>(cursor.position(), 1); at < end; ++at) told.push_back(at);
        }
        std::vector<std::uint64_t> all;
        for (std::uint64_t at = 1; at < end; ++at) all.push_back(at);
        REQUIRE(told == all);
    }
}

TEST_CASE("Two tabs are one member until both are closed, and news are told once a second at most") {
    Presence presence;
    const auto now = Clock::now();
    presence.came(kAnn);
    CHECK(presence.news(now) == Presence::List{{kAnn, true}});
    presence.came(kAnn);
    CHECK(presence.news(now + 2s).empty());
    presence.left(kAnn);
    CHECK(presence.online(kAnn));
    CHECK(presence.news(now + 4s).empty());
    presence.left(kAnn);
    CHECK_FALSE(presence.online(kAnn));
    CHECK(presence.news(now + 4s) == Presence::List{{kAnn, false}});
    presence.came(kBen);
    CHECK(presence.news(now + 4500ms).empty());
    CHECK(presence.news(now + 5s) == Presence::List{{kBen, true}});
    presence.left(kBen);
    presence.came(kBen);
    CHECK(presence.news(now + 9s).empty());  // was never away
    CHECK(presence.all_online() == Presence::List{{kBen, true}});
}

TEST_CASE("Typing ends after five seconds, and is told again while it goes on") {
    Typists typists;
    const auto now = Clock::now();
    CHECK(typists.start(kRoom, kAnn, now));
    CHECK_FALSE(typists.start(kRoom, kAnn, now + 500ms));
    CHECK(typists.start(kRoom, kAnn, now + 1500ms));
    CHECK(typists.ended(now + 6s).empty());
    CHECK(typists.ended(now + 6500ms) == std::vector<Typists::One>{{kRoom, kAnn}});
    CHECK(typists.ended(now + 7s).empty());
    CHECK_FALSE(typists.stop(kRoom, kAnn));
    CHECK(typists.start(kRoom, kBen, now));
    CHECK(typists.stop(kRoom, kBen));
    CHECK(typists.ended(now + 9s).empty());
}

TEST_CASE("Who begins and ends to type all the time is told a few times only") {
    Typists typists;
    const auto now = Clock::now();
    unsigned told = 0;
    for (int i = 0; i < 1000; ++i) {
        told += typists.start(kRoom, kAnn, now + std::chrono::milliseconds{i}) ? 1 : 0;
        typists.stop(kRoom, kAnn);
    }
    CHECK(told == Typists::kMostTold);
    CHECK(typists.start(kRoom, kAnn, now + 6s));
}

TEST_CASE("What was seen is stored at most every ten seconds a member, and only goes forward") {
    SeenMarks marks;
    const auto now = Clock::now();
    CHECK(marks.note(kAnn, kRoom, 7));
    CHECK_FALSE(marks.note(kAnn, kRoom, 5));
    CHECK(marks.seen(kAnn, kRoom) == 7);
    CHECK(marks.seen(kBen, kRoom) == 0);
    const auto first = marks.due(now);
    REQUIRE(first.size() == 1);
    CHECK(first[0].rooms[0].sequence == 7);
    CHECK(marks.due(now).empty());
    CHECK(marks.note(kAnn, kRoom, 9));
    marks.stored(first[0], true);
    CHECK(marks.seen(kAnn, kRoom) == 9);  // the newer one is not in the ledger yet
    CHECK(marks.due(now + 9s).empty());
    const auto second = marks.due(now + 10s);
    REQUIRE(second.size() == 1);
    marks.stored(second[0], false);
    CHECK(marks.seen(kAnn, kRoom) == 9);
    const auto third = marks.due(now + 11s, true);
    REQUIRE(third.size() == 1);
    CHECK(third[0].rooms[0].sequence == 9);
    marks.stored(third[0], true);
    CHECK(marks.seen(kAnn, kRoom) == 0);
    marks.forget_idle(now + 30s);
    CHECK(marks.due(now + 30s, true).empty());
}

}  // namespace station::chat
