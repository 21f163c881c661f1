// What the tests of projections, cursors, subscriptions and reactors share.
#pragma once

#include <station/base/one_shot.hpp>
#include <station/ledger/store/detail/core.hpp>
#include <stdexcept>
#include <store_support.hpp>

namespace station::ledger::test {

// What forget() will append: a product can't.
inline void append_erased(const Store& store, std::string_view entity, std::string_view scope = "bank") {
    struct Waiting : Operation {
        base::OneShot answered;
        std::optional<Error> error;
    };
    static const std::vector<std::byte> kNil = pack("null");
    const NewEvent event{at(entity, scope), kinds::erased, kNil, {}};
    Waiting waiting;
    waiting.events.emplace_back(event);
    waiting.log_messages.resize(1);
    waiting.log_receipts.resize(1);
    waiting.finished = [](Operation& self, std::optional<Error> error) noexcept {
        static_cast<Waiting&>(self).error = std::move(error);
        static_cast<Waiting&>(self).answered.set();
    };
    store.core()->start(waiting, true);
    store.core()->lead();
    waiting.answered.wait();
    REQUIRE_FALSE(waiting.error);
}

// For threads, too, where Catch can't be asked.
inline void must(const Result<void>& done) {
    if (!done) throw std::runtime_error{done.error().message()};
}

inline std::string text_of(const StoredEvent& event) { return pack_to_json(event->payload).value_or("?"); }

}  // namespace station::ledger::test
