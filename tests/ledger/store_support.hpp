// What the store's tests share: a folder of their own, payloads, short ways to append.
#pragma once

#include <catch.hpp>
#include <log_support.hpp>
#include <station/ledger/store/store.hpp>
#include <station/ledger/wire/json.hpp>
#include <string>
#include <vector>

namespace station::ledger::test {

using ::station::test::TemporaryFolder;
using Texts = std::vector<std::string>;
inline constexpr EventKind kDeposited = EventKind::custom(1, 1);
inline constexpr EventKind kWithdrawn = EventKind::custom(1, 2);
inline constexpr EventKind kNoted = EventKind::custom(2, 1);

inline std::vector<std::byte> pack(std::string_view json) { return json_to_pack(json).value(); }

inline Coordinate at(std::string_view entity, std::string_view scope = "bank") {
    return Coordinate::make(entity, scope).value();
}

inline EventId id_of(std::uint64_t number) {
    std::array<std::byte, EventId::kSize> bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[15 - i] = static_cast<std::byte>(number >> 8 * i);
    return EventId{bytes};
}

inline Store open_store(StoreConfig config) {
    auto store = Store::open(std::move(config));
    if (!store) FAIL("the ledger does not open: " << store.error().message());
    return std::move(*store);
}

inline Result<AppendReceipt> append(Store& store, std::string_view entity, std::string_view json,
                                    const AppendOptions& options = {}) {
    return store.append(at(entity), kDeposited, Bytes{pack(json)}, options);
}

inline std::vector<std::string> payloads(const Result<EventList>& events) {
    std::vector<std::string> found;
    if (!events) {
        FAIL(events.error().message());
        return found;
    }
    const auto done = events->for_each(
        [&](const StoredEvent& event) { found.push_back(pack_to_json(event->payload).value_or("?")); });
    if (!done) FAIL(done.error().message());
    return found;
}

}  // namespace station::ledger::test
