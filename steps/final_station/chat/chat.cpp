#include "chat.hpp"

#include <chrono>

namespace station::chat {
namespace {

constexpr const char* kLedger = "chat";
constexpr const char* kDatabase = "chat.db";

std::int64_t system_time() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

ledger::Result<std::unique_ptr<Chat>> Chat::open(Config config) {
    if (!config.now) config.now = system_time;
    ledger::StoreConfig store_config;
    store_config.dir = config.dir;
    store_config.ledger = kLedger;
    store_config.durability = config.durability;
    store_config.checkpoint_every = 0;  // the projection's thread makes them: no event loop pays for one
    store_config.logger = config.logger;
    auto store = ledger::Store::open(std::move(store_config));
    if (!store) return tl::unexpected(store.error());
    auto book = Book::open(std::move(*store));
    if (!book) return tl::unexpected(book.error());
    Projection::Config tables;
    tables.path = config.dir / kDatabase;
    tables.progress = config.progress;
    tables.logger = config.logger;
    if (config.listener) {
        // Who is told of a change may ask the book about it.
        tables.listener = [&book = **book, listener = config.listener](const Changes& changes) {
            if (!changes->empty()) book.await(changes->back().recorded.sequence + 1);
            listener(changes);
        };
    }
    auto projection = Projection::open((*book)->store(), std::move(tables));
    if (!projection) return tl::unexpected(projection.error());
    return std::unique_ptr<Chat>{new Chat{std::move(config), std::move(*book), std::move(*projection)}};
}

Chat::Chat(Config config, std::unique_ptr<Book> book, std::unique_ptr<Projection> projection)
    : now_(config.now),
      book_(std::move(book)),
      accounts_(*book_, passwords_, throttle_, now_),
      rooms_(*book_, now_),
      messages_(*book_, config.rate, now_, config.appended),
      projection_(std::move(projection)) {}

Chat::~Chat() { (void)stop(); }

ledger::Result<void> Chat::stop() {
    passwords_.stop();
    auto closed = book_->close();
    projection_->stop();
    return closed;
}

}  // namespace station::chat
