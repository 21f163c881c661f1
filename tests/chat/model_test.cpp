// The chat's events and the fold of them.
#include <catch.hpp>
#include <station/ledger/store/store.hpp>
#include <station/ledger/wire/json.hpp>

#include "chat/model/state.hpp"
#include "chat/model/text.hpp"
#include "log_support.hpp"

using namespace station;
using namespace station::chat;

namespace {

Id id(unsigned number) {
    std::array<std::byte, Id::kSize> bytes{};
    bytes[15] = static_cast<std::byte>(number);
    return Id{bytes};
}

const Id kAnna = id(1);
const Id kBen = id(2);
const Id kCleo = id(3);
const Id kLobby = id(10);

// A chat with Anna, its administrator, and Ben.
State two_people() {
    State state;
    state.apply(ChatSetUp{id(9), kAnna, "Anna", "anna", "hash-a", digest_of("a"), 5, "join", kLobby, "All talk"}, 0);
    state.apply(UserJoined{kBen, "Ben", "Ben", "hash-b", digest_of("b"), 6}, 1);
    return state;
}

}  // namespace

TEST_CASE("every kind of event comes back from the ledger as it was appended", "[chat]") {
    const std::vector<Event> events{ChatSetUp{id(9), kAnna, "Änna", "anna", "hash", digest_of("a"), -5, "join", kLobby,
                                              "All talk"},
                                    JoinCodeRenewed{kAnna, "again"},
                                    UserJoined{kBen, "Ben", "ben", "hash", digest_of("b"), 6},
                                    UserChanged{kBen, "Benno", std::nullopt, "hash2", digest_of("b")},
                                    UserRoleChanged{kBen, kAnna, "administrator"},
                                    UserActiveChanged{kBen, kAnna, false},
                                    SessionStarted{kBen, digest_of("c"), 7},
                                    SessionUsed{kBen, digest_of("c"), 8},
                                    SessionsEnded{kBen, digest_of("c")},
                                    SessionsEnded{kBen, std::nullopt},
                                    SignInCodeMade{kBen, kAnna, digest_of("code"), 99},
                                    SignInCodeUsed{kBen, digest_of("code"), "hash3", digest_of("d"), 9},
                                    Seen{kBen, {{kLobby, 17}, {id(11), 0}}},
                                    BotMade{id(20), kAnna, "Bot", "bot", digest_of("key"), "https://example.org/"},
                                    BotChanged{id(20), kAnna, std::nullopt, "robot", "", digest_of("key2")},
                                    RoomMade{id(11), "Closed", "closed", kAnna, {kBen, kCleo}},
                                    RoomChanged{id(11), kAnna, std::nullopt, "open"},
                                    RoomDeleted{id(11), kAnna},
                                    MemberAdded{id(11), kCleo, kAnna},
                                    MemberRemoved{id(11), kCleo, kAnna},
                                    InvolvementChanged{kLobby, kBen, "nothing"},
                                    MessagePosted{kLobby, kBen, "héllo\n@anna", "c-1", {kAnna}},
                                    MessageEdited{kLobby, id(30), kBen, "hello", {}},
                                    MessageDeleted{kLobby, id(30), kAnna},
                                    Boosted{kLobby, id(30), kAnna, "👍"},
                                    Unboosted{kLobby, id(30), kAnna, "👍"}};
    REQUIRE(std::variant_size_v<Event> == 25);
    const test::TemporaryFolder folder;
    auto store = ledger::Store::open({.dir = folder.path()});
    REQUIRE(store);
    for (const Event& event : events) {
        const auto coordinate = ledger::Coordinate::make(entity_of(event), kScope);
        const std::vector<std::byte> payload = encode(event);
        REQUIRE(store->append(*coordinate, kind_of(event), ledger::Bytes{payload}));
    }
    auto cursor = store->cursor(ledger::Region::of_scope(kScope));
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto stored = cursor.poll();
        REQUIRE((stored && *stored));
        const auto recorded = decode(**stored);
        REQUIRE(recorded);
        CHECK(recorded->sequence == i);
        CHECK(recorded->event.index() == events[i].index());
        CHECK(entity_of(recorded->event) == entity_of(events[i]));
        CHECK(encode(recorded->event) == encode(events[i]));
    }
}

TEST_CASE("what no chat has written is no event of it", "[chat]") {
    const test::TemporaryFolder folder;
    auto store = ledger::Store::open({.dir = folder.path()});
    REQUIRE(store);
    const auto refuse = [&](std::string_view entity, EventKind kind, std::string json) {
        const auto receipt = store->append(*ledger::Coordinate::make(entity, kScope), kind, ledger::JsonText{json});
        REQUIRE(receipt);
        CHECK(decode(*store->get(receipt->event_id)).error() == ledger::Errc::not_an_event);
    };
    const std::string room = room_entity(kLobby);
    refuse(room, MessagePosted::kind, R"([])");
    refuse(room, MessagePosted::kind, R"({"by":"nobody"})");
    refuse(room, MessagePosted::kind, R"({"content":7})");
    refuse("room:nowhere", RoomDeleted::kind, R"({})");
    refuse(user_entity(kAnna), RoomDeleted::kind, R"({})");
    refuse(room, EventKind::custom(9, 9), R"({})");
}

TEST_CASE("what a later version says beside is passed by", "[chat]") {
    const test::TemporaryFolder folder;
    auto store = ledger::Store::open({.dir = folder.path()});
    REQUIRE(store);
    const std::string json = R"({"by":")" + kAnna.to_text() + R"(","colour":{"is":["red"]},"level":"x"})";
    const auto receipt = store->append(*ledger::Coordinate::make(room_entity(kLobby), kScope), RoomDeleted::kind,
                                       ledger::JsonText{json});
    REQUIRE(receipt);
    const auto recorded = decode(*store->get(receipt->event_id));
    REQUIRE(recorded);
    CHECK(std::get<RoomDeleted>(recorded->event).by == kAnna);
}

TEST_CASE("an open room has everybody, newcomers and bots too, and a closed one whom it names", "[chat]") {
    State state = two_people();
    state.apply(RoomMade{id(11), "Closed", "closed", kBen, {kAnna}}, 2);
    state.apply(UserJoined{kCleo, "Cleo", "cleo", "hash-c", digest_of("c"), 7}, 3);
    state.apply(BotMade{id(20), kAnna, "Bot", "bot", digest_of("key"), std::nullopt}, 4);
    CHECK(state.room(kLobby)->members.size() == 4);
    CHECK(state.room(id(11))->members.size() == 2);
    CHECK(state.membership(kLobby, kCleo)->seen == 3);
    CHECK(state.rooms_of(kCleo) == std::set<Id>{kLobby});
    CHECK(state.bot_with_key(digest_of("key"))->id == id(20));

    state.apply(RoomChanged{id(11), kBen, std::nullopt, "open"}, 5);
    CHECK(state.room(id(11))->members.size() == 4);
    state.apply(RoomChanged{id(11), kBen, "Few", "closed"}, 6);
    CHECK(state.room(id(11))->name == "Few");
    CHECK(state.room(id(11))->members.size() == 4);
    state.apply(MemberRemoved{id(11), kCleo, kBen}, 7);
    CHECK(state.membership(id(11), kCleo) == nullptr);
    CHECK_FALSE(state.rooms_of(kCleo).contains(id(11)));
    state.apply(RoomDeleted{id(11), kBen}, 8);
    CHECK(state.room(id(11)) == nullptr);
    CHECK(state.rooms_of(kBen) == std::set<Id>{kLobby});
}

TEST_CASE("a direct room is found by its people, in whatever order", "[chat]") {
    State state = two_people();
    state.apply(RoomMade{id(12), "", "direct", kBen, {kBen, kAnna}}, 2);
    REQUIRE(state.direct_room({kAnna, kBen}) != nullptr);
    CHECK(state.direct_room({kBen, kAnna, kBen})->id == id(12));
    CHECK(state.direct_room({kBen}) == nullptr);
    CHECK(state.membership(id(12), kAnna)->involvement == Involvement::everything);
    CHECK(state.membership(kLobby, kAnna)->involvement == Involvement::mentions);
}

TEST_CASE("sessions end by signing out, a new password, a code and deactivation", "[chat]") {
    State state = two_people();
    state.apply(SessionStarted{kBen, digest_of("b2"), 10}, 2);
    state.apply(UserChanged{kBen, std::nullopt, std::nullopt, "hash-b2", digest_of("b2")}, 3);
    CHECK(state.session(digest_of("b")) == nullptr);
    CHECK(state.session(digest_of("b2")) != nullptr);
    state.apply(SignInCodeMade{kBen, kAnna, digest_of("code"), 1000}, 4);
    state.apply(SignInCodeUsed{kBen, digest_of("code"), "hash-b3", digest_of("b3"), 11}, 5);
    CHECK(state.sign_in_code(digest_of("code")) == nullptr);
    CHECK(state.session(digest_of("b2")) == nullptr);
    CHECK(state.sessions_of(kBen) == std::vector{digest_of("b3")});
    state.apply(SessionsEnded{kBen, digest_of("b3")}, 6);
    CHECK(state.sessions_of(kBen).empty());
    state.apply(SessionStarted{kBen, digest_of("b4"), 12}, 7);
    state.apply(UserActiveChanged{kBen, kAnna, false}, 8);
    CHECK(state.session(digest_of("b4")) == nullptr);
    CHECK(state.session(digest_of("a")) != nullptr);
}

TEST_CASE("a session is renewed, and expired ones are forgotten when their owner comes again", "[chat]") {
    State state = two_people();
    CHECK(state.session(digest_of("b"))->alive(6 + kSessionLives - 1));
    CHECK_FALSE(state.session(digest_of("b"))->alive(6 + kSessionLives));
    state.apply(SessionUsed{kBen, digest_of("b"), 100}, 2);
    CHECK(state.session(digest_of("b"))->alive(6 + kSessionLives));
    state.apply(SessionStarted{kBen, digest_of("b2"), 100 + kSessionLives}, 3);
    CHECK(state.session(digest_of("b")) == nullptr);
}

TEST_CASE("logins are one in either case, and free again when they are left", "[chat]") {
    State state = two_people();
    CHECK(state.user_with_login("BEN")->id == kBen);
    state.apply(UserChanged{kBen, std::nullopt, "Benno", std::nullopt, std::nullopt}, 2);
    CHECK(state.user_with_login("ben") == nullptr);
    CHECK(state.user_with_login("benno")->login == "Benno");
    state.apply(UserChanged{kBen, std::nullopt, "BENNO", std::nullopt, std::nullopt}, 3);
    CHECK(state.user_with_login("benno")->login == "BENNO");
}

TEST_CASE("what was seen only goes forward", "[chat]") {
    State state = two_people();
    state.apply(Seen{kBen, {{kLobby, 40}, {id(77), 50}}}, 41);
    state.apply(Seen{kBen, {{kLobby, 30}}}, 42);
    CHECK(state.membership(kLobby, kBen)->seen == 40);
}

TEST_CASE("texts are trimmed of Unicode's white space and counted in characters", "[chat]") {
    CHECK(trimmed(" \t\n\u00A0\u3000a b\u2028 ") == "a b");
    CHECK(trimmed("\u200Ba").size() == 4);  // a zero-width space is none of Unicode's
    CHECK(trimmed(" \u2003 ").empty());
    CHECK(characters("a\u00E4\u4E2D\U0001F600") == 4);
    CHECK(is_text(std::string(40'000, '\0')
                      .replace(0, 40'000,
                               [] {
                                   std::string text;
                                   for (int i = 0; i < 10'000; ++i) text += "\U0001F600";
                                   return text;
                               }()),
                  kMostOfMessage));
    CHECK_FALSE(is_text(std::string(10'001, 'x'), kMostOfMessage));
    CHECK_FALSE(is_text("", kMostOfMessage));
    CHECK_FALSE(is_text(std::string_view{"a\0b", 3}, kMostOfMessage));
    CHECK_FALSE(is_text("\xFF", kMostOfMessage));
    CHECK_FALSE(is_line("a\nb", kMostOfName));
}

TEST_CASE("logins and what names a message", "[chat]") {
    CHECK(is_login("anna.b_c-d+e@f"));
    CHECK_FALSE(is_login("änna"));
    CHECK_FALSE(is_login("a b"));
    CHECK_FALSE(is_login(""));
    CHECK(login_of("The Big Bot!") == "the-big-bot");
    CHECK(login_of("机器人").empty());
    CHECK(is_client_message_id(" ~"));
    CHECK(is_client_message_id(std::string(64, 'x')));
    CHECK_FALSE(is_client_message_id(std::string(65, 'x')));
    CHECK_FALSE(is_client_message_id("a\n"));
    CHECK_FALSE(is_client_message_id("\u00E4"));
    CHECK(message_key(kLobby, "a") != message_key(kLobby, "b"));
    CHECK(message_key(kLobby, "a") != message_key(kAnna, "a"));
}
