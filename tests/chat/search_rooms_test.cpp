// Search through the tables: who is in which rooms, newest first, and what was edited, deleted, or went with its room.
#include <algorithm>
#include <chat_support.hpp>
#include <random.hpp>

using namespace station;
using namespace station::chat;
using namespace station::chat::test;

namespace {

std::vector<std::string> found(const Projection& projection, std::string_view query, const std::vector<Id>& rooms,
                               std::size_t limit = 100) {
    const auto messages = projection.search(query, rooms, limit).value();
    std::vector<std::string> texts;
    if (!messages) return {"nothing to find"};
    for (const FoundMessage& one : *messages) texts.push_back(one.message.content);
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("what is edited, deleted or gone with its room is found as it is now") {
    World world;
    const Id ann = world.join("Ann");
    const Id room = world.make_room(ann);
    const Id other = world.make_room(ann);
    const auto first = world.say(room, ann, "the first word");
    world.say(room, ann, "the second word");
    const auto third = world.say(other, ann, "a third word");
    const auto projection = world.open();
    REQUIRE(reaches(*projection, world.store().size()));
    CHECK(found(*projection, "word", {room, other}) == Texts{"a third word", "the second word", "the first word"});
    CHECK(found(*projection, "word", {room}) == Texts{"the second word", "the first word"});
    CHECK(found(*projection, "word", {room}, 1) == Texts{"the second word"});
    CHECK(found(*projection, "word", {}) == Texts{});
    CHECK(found(*projection, "word", {random_id()}) == Texts{});
    CHECK(found(*projection, "...", {room}) == Texts{"nothing to find"});
    const auto one = projection->search("first", std::vector{room}, 10).value().value();
    REQUIRE(one.size() == 1);
    CHECK(one[0].highlights == std::vector<std::pair<std::size_t, std::size_t>>{{4, 9}});
    CHECK(one[0].message.room == room);

    world.append(MessageEdited{room, first.event_id, ann, "now it has other ones", {}});
    world.remove(other, third.event_id, ann);
    REQUIRE(reaches(*projection, world.store().size()));
    CHECK(found(*projection, "word", {room, other}) == Texts{"the second word"});
    CHECK(found(*projection, "other", {room, other}) == Texts{"now it has other ones"});
    CHECK(found(*projection, "thi*", {room, other}) == Texts{});

    world.append(RoomDeleted{room, ann});
    REQUIRE(reaches(*projection, world.store().size()));
    CHECK(found(*projection, "word", {room, other}) == Texts{});
}

TEST_CASE("in any number of rooms search finds the newest that a look at every message would") {
    station::test::Random random;
    INFO(random.how_to_repeat());
    World world;
    const Id ann = world.join("Ann");
    std::vector<Id> rooms;
    for (int i = 0; i < 40; ++i) rooms.push_back(world.make_room(ann));
    struct Said {
        Id room;
        std::string text;
    };
    std::vector<Said> said;
    const std::vector<std::string> words{"everywhere", "every", "often", "seldom", "北京大学", "京"};
    for (int i = 0; i < 6000; ++i) {
        const std::size_t room = std::min(random.index(40), random.index(40));
        std::string text = "everywhere";
        if (random.chance(0.3)) text += " often";
        if (random.chance(0.002)) text += " seldom";
        if (random.chance(0.1)) text += random.chance(0.5) ? " 北京大学" : " evening";
        text += " n" + std::to_string(i);
        world.say(rooms[room], ann, text);
        said.push_back({rooms[room], text});
    }
    const auto projection = world.open();
    REQUIRE(reaches(*projection, world.store().size()));
    for (int i = 0; i < 400 / station::test::kSlowness; ++i) {
        std::vector<Id> mine;
        const std::size_t count = random.chance(0.5) ? random.between(1, 6) : random.between(7, 40);
        for (std::size_t n = 0; n < count; ++n) mine.push_back(rooms[random.index(rooms.size())]);
        const std::vector<std::string> queries{"everywhere", "often",   "seldom", "often seldom",
                                               "eve*",       "evening", "北京",   "\"every where\"",
                                               "京",         "n5*",     "nowhere"};
        const std::string& query = queries[random.index(queries.size())];
        const std::size_t limit = random.chance(0.5) ? 5 : 60;
        std::vector<std::string> wanted;
        for (auto one = said.rbegin(); one != said.rend() && wanted.size() < limit; ++one) {
            if (std::ranges::find(mine, one->room) == mine.end()) continue;
            if (!highlights(one->text, query).empty()) wanted.push_back(one->text);
        }
        INFO(query << " in " << count << " rooms, " << limit);
        REQUIRE(found(*projection, query, mine, limit) == wanted);
    }
}
