// The book: gate and hand-over in one critical section, and what becomes of what is under way where the disk refuses
// it.
#include <atomic>
#include <catch.hpp>
#include <future>
#include <log_support.hpp>
#include <thread>

#include "chat/service/messages.hpp"
#include "chat/service/rooms.hpp"

using namespace station;
using namespace station::chat;
using station::test::SimulatedDisk;

namespace {

constexpr std::int64_t kNow = 1'700'000'000 * kSecond;

// A chat with Ada, its administrator, on a disk that can refuse.
class OnDisk {
  public:
    OnDisk() { open(); }
    ~OnDisk() { close(); }

    void open() {
        disk.power_on();
        ledger::StoreConfig config;
        config.dir = "/chat";
        config.ledger = "chat";
        config.disk = &disk;
        config.checkpoint_every = 0;
        auto store = ledger::Store::open(std::move(config));
        if (!store) FAIL(store.error().message());
        auto opened = Book::open(std::move(*store));
        if (!opened) FAIL(opened.error().message());
        book = std::move(*opened);
        rooms.emplace(*book, [] { return kNow; });
        messages.emplace(
            *book, std::nullopt, [] { return kNow; }, nullptr);
        if (book->look([](const State& state) { return state.is_set_up(); })) return;
        const auto set_up = [&](const State&) -> Book::Proposed<RoomAttempt> {
            return std::pair{RoomAttempt{}, Book::Draft{ChatSetUp{random_id(), ada.user, "Ada", "ada", "hash",
                                                                  *ada.session, kNow, "join", lobby, "All talk"}}};
        };
        std::promise<Answer<Book::Written>> answer;
        book->write(ledger::Pipeline<RoomAttempt>{{}}, set_up,
                    [&](Answer<Book::Written> written) { answer.set_value(std::move(written)); });
        REQUIRE(answer.get_future().get());
    }
    void close() {
        if (book) (void)book->close();
        messages.reset();
        rooms.reset();
        book.reset();
    }

    std::future<Answer<Rooms::Made>> make_room() {
        const auto answer = std::make_shared<std::promise<Answer<Rooms::Made>>>();
        rooms->make(ada, "Room", "closed", {},
                    [answer](Answer<Rooms::Made> made) { answer->set_value(std::move(made)); });
        return answer->get_future();
    }
    std::future<Answer<Messages::Posted>> post(const Id& room, const std::string& content, const std::string& id) {
        const auto answer = std::make_shared<std::promise<Answer<Messages::Posted>>>();
        messages->post(ada, room, content, id,
                       [answer](Answer<Messages::Posted> posted) { answer->set_value(std::move(posted)); });
        return answer->get_future();
    }

    SimulatedDisk disk;
    const Caller ada{random_id(), digest_of("token")};
    const Id lobby = random_id();
    std::unique_ptr<Book> book;
    std::optional<Rooms> rooms;
    std::optional<Messages> messages;
};

std::size_t rooms_in(const State& state) { return state.rooms().size(); }

}  // namespace

TEST_CASE("what the disk refuses has not happened", "[chat]") {
    OnDisk chat;
    REQUIRE(chat.post(chat.lobby, "before", "1").get());
    const std::uint64_t end = chat.book->end();
    chat.disk.set_space(0);
    std::vector<std::future<Answer<Rooms::Made>>> refused;
    for (int i = 0; i < 20; ++i) refused.push_back(chat.make_room());
    for (auto& one : refused) {
        const auto answer = one.get();
        REQUIRE_FALSE(answer);
        CHECK(answer.error().status() == 503);
    }
    CHECK(chat.book->look(rooms_in) == 1);
    CHECK(chat.book->look_ahead(rooms_in) == 1);
    CHECK(chat.book->end() == end);
    chat.disk.set_space(~std::uint64_t{0});
    const auto made = chat.make_room().get();
    REQUIRE(made);
    CHECK(chat.book->look_ahead(rooms_in) == 2);
    const auto posted = chat.post(made->room, "after", "1").get();
    REQUIRE(posted);
    CHECK(posted->sequence == end + 1);
}

TEST_CASE("a refused message may be sent again, and is there once", "[chat]") {
    OnDisk chat;
    chat.disk.set_space(0);
    CHECK_FALSE(chat.post(chat.lobby, "text", "1").get());
    chat.disk.set_space(~std::uint64_t{0});
    const auto first = chat.post(chat.lobby, "text", "1").get();
    const auto second = chat.post(chat.lobby, "other", "1").get();
    REQUIRE((first && second));
    CHECK_FALSE(first->duplicate);
    CHECK(second->duplicate);
    CHECK(second->id == first->id);
}

// Under load from several threads, with a disk that is full now and then: whatever was answered holds, before a crash
// and after it, and both folds are those of the ledger.
TEST_CASE("the folds are the ledger's, whatever the disk refuses meanwhile", "[chat]") {
    OnDisk chat;
    constexpr int kThreads = 3;
    constexpr int kRounds = 150;
    std::atomic<int> made{0};
    std::atomic<int> posted{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (int round = 0; round < kRounds; ++round) {
                auto making = chat.make_room();
                auto posting = chat.post(chat.lobby, "text", std::to_string(thread) + ":" + std::to_string(round));
                if (const auto answer = making.get()) ++made;
                if (const auto answer = posting.get()) ++posted;
            }
        });
    }
    threads.emplace_back([&] {
        for (int i = 0; i < 40; ++i) {
            chat.disk.set_space(0);
            std::this_thread::yield();
            chat.disk.set_space(~std::uint64_t{0});
            (void)chat.make_room().get();
        }
    });
    for (std::thread& thread : threads) thread.join();
    const auto rooms = chat.book->look(rooms_in);
    CHECK(chat.book->look_ahead(rooms_in) == rooms);
    CHECK(rooms >= static_cast<std::size_t>(made.load()) + 1);
    CHECK(chat.book->end() == chat.book->store().size());
    CHECK(chat.book->store().by_kind(RoomMade::kind).value().size() + 1 == rooms);
    CHECK(chat.book->store().by_kind(MessagePosted::kind).value().size() == static_cast<std::size_t>(posted.load()));
    chat.close();
    chat.disk.crash();
    chat.open();
    CHECK(chat.book->look(rooms_in) == rooms);
}

TEST_CASE("fifty with one client_message_id at once are one message", "[chat]") {
    OnDisk chat;
    for (int round = 0; round < 20; ++round) {
        std::vector<std::future<Answer<Messages::Posted>>> answers(50);
        std::vector<std::thread> threads;
        for (auto& answer : answers) {
            threads.emplace_back([&, round] { answer = chat.post(chat.lobby, "text", std::to_string(round)); });
        }
        for (std::thread& thread : threads) thread.join();
        std::size_t is_new = 0;
        std::optional<Id> id;
        for (auto& answer : answers) {
            const auto posted = answer.get();
            REQUIRE(posted);
            is_new += posted->duplicate ? 0 : 1;
            if (!id) id = posted->id;
            CHECK(posted->id == *id);
        }
        CHECK(is_new == 1);
    }
    CHECK(chat.book->store().by_kind(MessagePosted::kind).value().size() == 20);
}

TEST_CASE("a member who was removed is removed for the very next append", "[chat]") {
    OnDisk chat;
    const auto made = chat.make_room().get();
    REQUIRE(made);
    const auto removed = std::make_shared<std::promise<Answer<Book::Written>>>();
    chat.rooms->remove_member(chat.ada, made->room, chat.ada.user,
                              [removed](Answer<Book::Written> answer) { removed->set_value(std::move(answer)); });
    const auto late = chat.post(made->room, "text", "1").get();
    REQUIRE_FALSE(late);
    CHECK(late.error().reason == "not_a_member");
    CHECK(removed->get_future().get());
}

TEST_CASE("a direct room is told when it is durable, to whoever asks", "[chat]") {
    OnDisk chat;
    const auto direct = [&] {
        const auto answer = std::make_shared<std::promise<Answer<Rooms::Made>>>();
        chat.rooms->make_direct(chat.ada, {}, [&, answer](Answer<Rooms::Made> made) {
            const bool is_told_early =
                made && chat.book->look([&](const State& state) { return state.room(made->room) == nullptr; });
            CHECK_FALSE(is_told_early);
            answer->set_value(std::move(made));
        });
        return answer->get_future();
    };
    chat.disk.set_space(0);
    auto refused = direct();
    auto too = direct();
    CHECK_FALSE(refused.get());
    CHECK_FALSE(too.get());
    chat.disk.set_space(~std::uint64_t{0});
    std::vector<std::future<Answer<Rooms::Made>>> answers;
    for (int i = 0; i < 50; ++i) answers.push_back(direct());
    int is_new = 0;
    std::optional<Id> room;
    for (auto& one : answers) {
        const auto made = one.get();
        REQUIRE(made);
        is_new += made->is_new ? 1 : 0;
        if (!room) room = made->room;
        CHECK(made->room == *room);
    }
    CHECK(is_new == 1);
}

TEST_CASE("after the end nothing is taken, and everything is answered", "[chat]") {
    OnDisk chat;
    REQUIRE(chat.book->close());
    const auto late = chat.post(chat.lobby, "text", "1").get();
    REQUIRE_FALSE(late);
    CHECK(late.error().reason == "shutting_down");
    CHECK(chat.book->look_ahead(rooms_in) == 1);
}
