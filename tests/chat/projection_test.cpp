// What is asked of the chat's tables: messages, pages, what somebody missed, what is unread, and who is told of what.
#include <chat_support.hpp>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

using namespace station;
using namespace station::chat;
using namespace station::chat::test;
using Side = Projection::Side;
using Texts = std::vector<std::string>;

namespace {

struct Asked {
    World world;
    Id ann = world.join("Ann");
    Id bob = world.join("Bob");
    Id room = world.make_room(ann);
    std::vector<Id> said;

    void say(int count) {
        for (int i = 0; i < count; ++i) {
            said.push_back(world.say(room, ann, "m" + std::to_string(said.size())).event_id);
        }
    }
    std::unique_ptr<Projection> ready(Projection::Config config = {}) {
        auto projection = world.open(std::move(config));
        REQUIRE(reaches(*projection, world.store().size()));
        return projection;
    }
};

Texts page_of(const Projection& projection, const Id& room, Side side, const Id& place, std::size_t limit,
              std::optional<std::pair<bool, bool>> more = {}) {
    const auto page = projection.page(room, side, place, limit).value();
    if (!page) return {"no such place"};
    if (more) CHECK(std::pair{page->more_before, page->more_after} == *more);
    return texts_of(page->messages);
}

}  // namespace

TEST_CASE(
    "a message is shown as it was said, with the name its author has now, what was said about it, and its sound") {
    Asked chat;
    const auto receipt = chat.world.say(chat.room, chat.ann, "/play tada", {chat.bob});
    chat.world.append(Boosted{chat.room, receipt.event_id, chat.bob, "👍"});
    chat.world.append(Boosted{chat.room, receipt.event_id, chat.bob, "👍"});
    chat.world.append(Boosted{chat.room, receipt.event_id, chat.ann, "\"yes\""});
    chat.world.append(UserChanged{chat.ann, "Ann B.", {}, {}, {}});
    const auto projection = chat.ready();
    const auto shown = projection->message(receipt.event_id).value().value();
    CHECK(shown.mentions == std::vector{chat.bob});
    const auto json = nlohmann::json::parse(to_json(shown, R"(,"duplicate":true)"));
    CHECK(json == nlohmann::json::parse(R"({"id":")" + receipt.event_id.to_text() + R"(","room":")" +
                                        chat.room.to_text() + R"(","creator":{"id":")" + chat.ann.to_text() +
                                        R"(","name":"Ann B."},"content":"/play tada","client_message_id":"c1",)"
                                        R"("created_at":)" +
                                        std::to_string(receipt.time) + R"(,"edited_at":null,"sequence":)" +
                                        std::to_string(receipt.global_sequence) +
                                        R"(,"sound":"tada","boosts":[{"creator":{"id":")" + chat.bob.to_text() +
                                        R"(","name":"Bob"},"content":"👍"},{"creator":{"id":")" + chat.ann.to_text() +
                                        R"(","name":"Ann B."},"content":"\"yes\""}],"duplicate":true})"));
    chat.world.append(Unboosted{chat.room, receipt.event_id, chat.bob, "👍"});
    const auto edit = chat.world.append(MessageEdited{chat.room, receipt.event_id, chat.ann, "/play TADA", {}});
    REQUIRE(reaches(*projection, chat.world.store().size()));
    const auto edited = projection->message(receipt.event_id).value().value();
    CHECK(edited.content == "/play TADA");
    CHECK(edited.edited_at == edit.time);
    CHECK(edited.boosts.size() == 1);
    CHECK(edited.mentions.empty());
    CHECK(to_json(edited).find(R"("sound":null)") != std::string::npos);
    CHECK(projection->event_of(receipt.event_id).value() == edit.event_id);
    CHECK(projection->sequence_of(chat.room, receipt.event_id).value() == receipt.global_sequence);

    chat.world.remove(chat.room, receipt.event_id, chat.ann);
    chat.world.append(MessageEdited{chat.room, receipt.event_id, chat.ann, "again", {}});
    REQUIRE(reaches(*projection, chat.world.store().size()));
    CHECK(projection->message(receipt.event_id).value() == std::nullopt);
    CHECK(projection->event_of(receipt.event_id).value() == std::nullopt);
    CHECK(projection->sequence_of(chat.room, receipt.event_id).value() == receipt.global_sequence);
    CHECK(projection->message(random_id()).value() == std::nullopt);
    CHECK(projection->message(edit.event_id).value() == std::nullopt);
}

TEST_CASE("a page is what stands before, after or around a message, oldest first") {
    Asked chat;
    chat.say(10);
    chat.world.remove(chat.room, chat.said[5], chat.ann);
    const auto projection = chat.ready();
    const auto& said = chat.said;
    CHECK(page_of(*projection, chat.room, Side::newest, {}, 3, {{true, false}}) == Texts{"m7", "m8", "m9"});
    CHECK(page_of(*projection, chat.room, Side::newest, {}, 9, {{false, false}}).size() == 9);
    CHECK(page_of(*projection, chat.room, Side::before, said[6], 2, {{true, true}}) == Texts{"m3", "m4"});
    CHECK(page_of(*projection, chat.room, Side::before, said[0], 2, {{false, true}}) == Texts{});
    CHECK(page_of(*projection, chat.room, Side::after, said[4], 2, {{true, true}}) == Texts{"m6", "m7"});
    CHECK(page_of(*projection, chat.room, Side::after, said[9], 2, {{true, false}}) == Texts{});
    CHECK(page_of(*projection, chat.room, Side::around, said[3], 4, {{true, true}}) == Texts{"m1", "m2", "m3", "m4"});
    CHECK(page_of(*projection, chat.room, Side::around, said[0], 4, {{false, true}}) == Texts{"m0", "m1", "m2", "m3"});
    CHECK(page_of(*projection, chat.room, Side::around, said[9], 4, {{true, false}}) == Texts{"m6", "m7", "m8", "m9"});
    // What was deleted still marks its place.
    CHECK(page_of(*projection, chat.room, Side::around, said[5], 2, {{true, true}}) == Texts{"m4", "m6"});
    CHECK(page_of(*projection, chat.room, Side::before, said[5], 1, {{true, true}}) == Texts{"m4"});
    const Id elsewhere = chat.world.make_room(chat.ann);
    const Id other = chat.world.say(elsewhere, chat.ann, "other").event_id;
    REQUIRE(reaches(*projection, chat.world.store().size()));
    CHECK(page_of(*projection, chat.room, Side::after, other, 2) == Texts{"no such place"});
    CHECK(page_of(*projection, chat.room, Side::before, random_id(), 2) == Texts{"no such place"});
}

TEST_CASE("who comes back gets what came after the last message seen, and what of the older ones changed") {
    Asked chat;
    chat.say(60);
    const auto projection = chat.ready();
    const auto& said = chat.said;
    const auto missed = [&](const std::optional<Id>& seen) { return projection->missed(chat.room, seen).value(); };
    CHECK(texts_of(missed(std::nullopt).messages) == texts_of(missed(random_id()).messages));
    CHECK(missed(std::nullopt).messages.size() == 50);
    CHECK(missed(std::nullopt).complete);
    CHECK(texts_of(missed(said[57]).messages) == Texts{"m58", "m59"});
    CHECK(missed(said[57]).updated.empty());

    chat.world.append(MessageEdited{chat.room, said[3], chat.ann, "edited", {}});
    chat.world.append(MessageEdited{chat.room, said[59], chat.ann, "edited, too", {}});
    chat.world.append(Boosted{chat.room, said[4], chat.bob, "+1"});
    chat.world.remove(chat.room, said[5], chat.ann);
    chat.world.remove(chat.room, said[57], chat.ann);
    chat.world.remove(chat.room, said[58], chat.ann);
    REQUIRE(reaches(*projection, chat.world.store().size()));
    const auto after = missed(said[57]);
    CHECK(texts_of(after.messages) == Texts{"edited, too"});
    CHECK(texts_of(after.updated) == Texts{"edited", "m4"});
    CHECK(after.removed == std::vector{said[5], said[57]});
    CHECK(after.complete);
    CHECK(after.position == chat.world.store().size());
    const auto since = projection->since(chat.room, after.position).value();
    CHECK(since.messages.empty());
    CHECK(since.updated.empty());
    chat.say(2);
    REQUIRE(reaches(*projection, chat.world.store().size()));
    CHECK(texts_of(projection->since(chat.room, after.position).value().messages) == Texts{"m60", "m61"});
    CHECK(projection->since(chat.room, 0).value().messages.size() == 59);
}

TEST_CASE("of more than a thousand missed messages the last fifty come, and that it is not all") {
    Asked chat;
    chat.say(1002);
    const auto projection = chat.ready();
    const auto all_but_one = projection->missed(chat.room, chat.said[1]).value();
    CHECK(all_but_one.complete);
    CHECK(all_but_one.messages.size() == 1000);
    const auto too_many = projection->missed(chat.room, chat.said[0]).value();
    CHECK_FALSE(too_many.complete);
    REQUIRE(too_many.messages.size() == 50);
    CHECK(too_many.messages.front().id == chat.said[952]);
    CHECK(too_many.messages.back().id == chat.said[1001]);
}

TEST_CASE("unread is what others said later, and how often one was meant") {
    Asked chat;
    const auto first = chat.world.say(chat.room, chat.ann, "one", {chat.bob});
    chat.world.say(chat.room, chat.ann, "two", {chat.bob, chat.ann});
    chat.world.say(chat.room, chat.bob, "three");
    const auto fourth = chat.world.say(chat.room, chat.ann, "four", {chat.bob});
    chat.world.remove(chat.room, fourth.event_id, chat.ann);
    const auto last = chat.world.say(chat.room, chat.ann, "five");
    const auto projection = chat.ready();
    const auto unread = [&](std::uint64_t seen, std::uint64_t most = 1000) {
        const auto counted = projection->unread(chat.room, chat.bob, seen, most).value();
        return std::pair{counted.count, counted.mentions};
    };
    CHECK(unread(0) == std::pair<std::uint64_t, std::uint64_t>{3, 2});
    CHECK(unread(first.global_sequence) == std::pair<std::uint64_t, std::uint64_t>{2, 1});
    CHECK(unread(last.global_sequence) == std::pair<std::uint64_t, std::uint64_t>{0, 0});
    CHECK(unread(0, 2) == std::pair<std::uint64_t, std::uint64_t>{2, 2});
    CHECK(projection->last_message_at(chat.room).value() == last.time);
    CHECK(projection->last_message_at(random_id()).value() == std::nullopt);
}

TEST_CASE("what goes with its room is nowhere any more") {
    Asked chat;
    chat.say(1200);
    chat.world.append(Boosted{chat.room, chat.said[7], chat.bob, "+1"});
    const auto projection = chat.ready();
    chat.world.append(RoomDeleted{chat.room, chat.ann});
    chat.world.say(chat.room, chat.ann, "too late");
    REQUIRE(reaches(*projection, chat.world.store().size()));
    CHECK(projection->message(chat.said[7]).value() == std::nullopt);
    CHECK(page_of(*projection, chat.room, Side::newest, {}, 10) == Texts{});
    CHECK(projection->missed(chat.room, chat.said[7]).value().messages.empty());
    CHECK(projection->missed(chat.room, chat.said[7]).value().position == chat.world.store().size());
}

TEST_CASE("who listens is told once of each event that comes after the start, in order, when it can be asked for") {
    Asked chat;
    chat.say(3);
    std::mutex mutex;
    std::vector<Change> told;
    Projection* asked = nullptr;
    std::size_t not_there = 0;
    Projection::Config config;
    config.listener = [&](const Changes& changes) {
        const std::lock_guard lock{mutex};
        for (const Change& change : *changes) {
            if (change.what == Change::What::posted && !asked->message(change.message).value()) ++not_there;
            told.push_back(change);
        }
    };
    config.path = chat.world.file();
    auto projection = Projection::open(chat.world.store(), config).value();
    asked = projection.get();
    projection->start();
    const auto receipt = chat.world.say(chat.room, chat.bob, "new", {chat.ann});
    REQUIRE(reaches(*projection, chat.world.store().size()));
    chat.world.append(MessageEdited{chat.room, receipt.event_id, chat.bob, "newer", {}});
    chat.world.append(UserChanged{chat.bob, "Bobby", {}, {}, {}});
    chat.world.append(Boosted{chat.room, receipt.event_id, chat.bob, "+1"});
    chat.world.remove(chat.room, receipt.event_id, chat.bob);
    REQUIRE(reaches(*projection, chat.world.store().size()));
    projection->stop();
    using What = Change::What;
    REQUIRE(told.size() == 5);
    CHECK(not_there == 0);
    const std::vector<What> whats{What::posted, What::updated, What::other, What::updated, What::removed};
    for (std::size_t i = 0; i < told.size(); ++i) {
        CHECK(told[i].what == whats[i]);
        CHECK(told[i].recorded.sequence == receipt.global_sequence + i);
        if (told[i].what == What::other) continue;
        CHECK(told[i].room == chat.room);
        CHECK(told[i].message == receipt.event_id);
        CHECK(told[i].creator == chat.bob);
        CHECK(told[i].message_sequence == receipt.global_sequence);
        if (told[i].what != What::removed)
            CHECK(nlohmann::json::parse(*told[i].json)["id"] == receipt.event_id.to_text());
    }
    CHECK(told[0].mentions == std::vector{chat.ann});
    CHECK(nlohmann::json::parse(*told[0].json)["creator"]["name"] == "Bob");
    CHECK(nlohmann::json::parse(*told[3].json)["creator"]["name"] == "Bobby");
    CHECK(nlohmann::json::parse(*told[3].json)["boosts"].size() == 1);
}

TEST_CASE("who waits for a position that won't come is let go when the projection stops") {
    Asked chat;
    const auto projection = chat.ready();
    std::promise<bool> reached;
    projection->when(chat.world.store().size() + 1, [&](bool yes) { reached.set_value(yes); });
    projection->stop();
    CHECK_FALSE(reached.get_future().get());
    std::promise<bool> later;
    projection->when(chat.world.store().size() + 1, [&](bool yes) { later.set_value(yes); });
    CHECK_FALSE(later.get_future().get());
    CHECK_FALSE(projection->page(chat.room, Side::newest, {}, 1));
}

TEST_CASE("many ask while messages come") {
    Asked chat;
    chat.say(100);
    const auto projection = chat.ready();
    std::atomic<bool> done{false};
    std::atomic<std::size_t> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            while (!done) {
                const auto page = projection->page(chat.room, Side::newest, {}, 40);
                const auto found = projection->search("word m1*", std::vector{chat.room}, 10);
                const auto missed = projection->missed(chat.room, chat.said[50]);
                if (!page || !found || !missed || (*page)->messages.size() != 40) ++wrong;
            }
        });
    }
    for (int i = 0; i < 600; ++i) chat.world.say(chat.room, chat.bob, "word m" + std::to_string(i));
    CHECK(reaches(*projection, chat.world.store().size()));
    done = true;
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
}
