// What the tests of the chat's tables share: a ledger in a folder of its own, and short ways to say something in it.
#pragma once

#include <catch.hpp>
#include <chat/projection/projection.hpp>
#include <future>
#include <log_support.hpp>

namespace station::chat::test {

using ::station::test::TemporaryFolder;

class World {
  public:
    World() { open_store(); }

    void open_store() {
        store_.reset();
        ledger::StoreConfig config{.dir = folder_.path(), .ledger = "chat", .durability = log::Durability::os()};
        config.checkpoint_every = 0;
        auto opened = ledger::Store::open(config);
        if (!opened) FAIL("the ledger does not open: " << opened.error().message());
        store_.emplace(std::move(*opened));
    }
    ledger::Store& store() { return *store_; }
    log::Path file() const { return folder_.path() / "chat.db"; }
    log::Path folder() const { return folder_.path(); }

    ledger::AppendReceipt append(const Event& event) {
        const auto at = ledger::Coordinate::make(entity_of(event), kScope).value();
        auto receipt = store_->append(at, kind_of(event), encode(event));
        if (!receipt) FAIL(receipt.error().message());
        return *receipt;
    }
    Id join(const std::string& name) {
        const Id user = random_id();
        append(UserJoined{user, name, name, {}, {}, 1});
        return user;
    }
    Id make_room(const Id& by) {
        const Id room = random_id();
        append(RoomMade{room, "Room", "open", by, {}});
        return room;
    }
    ledger::AppendReceipt say(const Id& room, const Id& by, const std::string& content, std::vector<Id> mentions = {}) {
        return append(MessagePosted{room, by, content, "c" + std::to_string(++said_), std::move(mentions)});
    }
    void remove(const Id& room, const Id& message, const Id& by) { append(MessageDeleted{room, message, by}); }

    std::unique_ptr<Projection> open(Projection::Config config = {}) {
        config.path = file();
        auto projection = Projection::open(*store_, std::move(config));
        if (!projection) FAIL(projection.error().message());
        (*projection)->start();
        return std::move(*projection);
    }

  private:
    TemporaryFolder folder_;
    std::optional<ledger::Store> store_;
    std::uint64_t said_ = 0;
};

// Whether it came so far.
inline bool reaches(Projection& projection, std::uint64_t position) {
    std::promise<bool> reached;
    auto answer = reached.get_future();
    projection.when(position, [&](bool yes) { reached.set_value(yes); });
    return answer.get();
}

inline std::vector<std::string> texts_of(const std::vector<ShownMessage>& messages) {
    std::vector<std::string> texts;
    for (const ShownMessage& message : messages) texts.push_back(message.content);
    return texts;
}

}  // namespace station::chat::test
