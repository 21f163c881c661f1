// A chat, open: its ledger, what it is by it, what can be asked of it. It knows neither sockets nor HTTP; doors/ and
// live/ bring those who talk to it.
//
// Any thread may use what is in here.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <station/log/bus.hpp>
#include <string>

#include "chat/projection/projection.hpp"
#include "chat/service/accounts.hpp"
#include "chat/service/messages.hpp"
#include "chat/service/rooms.hpp"

namespace station::chat {

class Chat {
  public:
    struct Config {
        log::Path dir;  // of the chat's own bus: made where there is none
        log::Durability durability = {};
        std::optional<RateLimit> rate = RateLimit{};
        std::function<std::int64_t()> now = {};                                   // ns since 1970; empty: the system's
        std::function<void(log::Severity, std::string_view)> logger = {};         // any thread; empty: silence
        std::function<void(std::uint64_t done, std::uint64_t of)> progress = {};  // of a rebuild
        std::function<void(Changes)> listener = {};  // after each commit of the projection; must be short
        std::function<void(const Messages::Posted&)> appended = {};  // what this process has appended; must be short
    };
    static ledger::Result<std::unique_ptr<Chat>> open(Config config);
    ~Chat();  // stop()

    // The projection begins to follow.
    void start() { projection_->start(); }
    // Takes nothing more, answers all that was taken, gives the folder back.
    ledger::Result<void> stop();

    std::int64_t now() const { return now_(); }
    Book& book() { return *book_; }
    const Book& book() const { return *book_; }
    Accounts& accounts() { return accounts_; }
    Rooms& rooms() { return rooms_; }
    Messages& messages() { return messages_; }
    const Projection& projection() const { return *projection_; }
    Projection& projection() { return *projection_; }

    // Calls `then` once what is acknowledged now can be asked of the projection: no answer is older than what whoever
    // asks was told. With false where the server stops, or the tables can't be written. `behind`: as far as this
    // global sequence in any case, since the ledger shows an event before its acknowledgement has come by here.
    void when_current(std::function<void(bool)> then, std::uint64_t behind = 0) {
        projection_->when(std::max(book_->end(), behind), std::move(then));
    }

  private:
    Chat(Config config, std::unique_ptr<Book> book, std::unique_ptr<Projection> projection);

    const std::function<std::int64_t()> now_;
    std::unique_ptr<Book> book_;
    Passwords passwords_;
    Throttle throttle_;
    Accounts accounts_;
    Rooms rooms_;
    Messages messages_;
    std::unique_ptr<Projection> projection_;
};

}  // namespace station::chat
