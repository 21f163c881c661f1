// What projections of a ledger cost: 10,000 events of one entity, of 200 bytes of JSON each, among others' events.
//
//     ledger_views FOLDER [OTHERS]     a folder that is not there yet; OTHERS: events between two of the entity, 0
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <station/ledger/store/sqlite_cache.hpp>
#include <station/ledger/store/store.hpp>
#include <station/ledger/wire/json.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <string>
#include <vector>

namespace {

using namespace station;
using namespace station::ledger;

constexpr EventKind kDeposited = EventKind::custom(1, 1);
constexpr EventKind kWithdrawn = EventKind::custom(1, 2);
constexpr int kEvents = 10'000;
constexpr const char* kEntity = "account:7";

struct Balance {
    static constexpr std::string_view name = "balance";
    static constexpr std::uint64_t schema_version = 1;
    static constexpr std::array relevant_kinds{kDeposited, kWithdrawn};
    std::int64_t cents = 0;

    void apply(const StoredEvent& event, const Payload& payload) {
        PackReader reader{payload.bytes()};
        for (std::uint32_t member = reader.map(); member > 0; --member) {
            if (reader.string() != "amount") {
                reader.value();
                continue;
            }
            const std::int64_t amount = reader.integer();
            cents += event->header.event_kind == kDeposited ? amount : -amount;
        }
    }
    std::vector<std::byte> to_bytes() const {
        std::vector<std::byte> bytes;
        PackWriter{bytes}.integer(cents);
        return bytes;
    }
    static std::optional<Balance> from_bytes(Bytes bytes) {
        PackReader reader{bytes};
        const Balance balance{reader.integer()};
        return reader.ok() && reader.at_end() ? std::optional{balance} : std::nullopt;
    }
};

template <typename T>
T must(Result<T> result) {
    if (result) return std::move(*result);
    std::fprintf(stderr, "ledger_views: %s\n", result.error().message().c_str());
    std::exit(1);
}

void append(Store& store, std::string_view entity, int number) {
    const std::string json =
        R"({"amount":)" + std::to_string(number % 1000) + R"(,"note":")" + std::string(170, 'n') + "\"}";
    const std::vector<std::byte> payload = must(json_to_pack(json));
    const Coordinate coordinate = must(Coordinate::make(entity, "bank"));
    must(store.append(coordinate, number % 2 == 0 ? kDeposited : kWithdrawn, Bytes{payload}));
}

double thread_micros() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

void project(const char* what, const Store& store, int times, int fresh, Store& appends) {
    std::vector<double> micros;  // of this thread: what others on the machine do counts less
    for (int i = 0; i < times; ++i) {
        for (int more = 0; more < fresh; ++more) append(appends, kEntity, more);
        const double start = thread_micros();
        const auto balance = must(store.project<Balance>(kEntity));
        micros.push_back(thread_micros() - start);
        if (!balance) std::exit(1);
    }
    std::sort(micros.begin(), micros.end());
    std::printf("%-24s %9.1f µs (median of %d), best %.1f, worst %.1f\n", what, micros[micros.size() / 2], times,
                micros.front(), micros.back());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: ledger_views FOLDER [OTHERS]\n", stderr);
        return 2;
    }
    StoreConfig config{.dir = argv[1], .durability = log::Durability::os()};
    const int others = argc > 2 ? std::atoi(argv[2]) : 0;
    {
        auto store = must(Store::open(config));
        for (int i = 0; i < kEvents; ++i) {
            append(store, kEntity, i);
            for (int other = 0; other < others; ++other) append(store, "other:" + std::to_string(other), i);
        }
    }
    {
        auto store = must(Store::open(config));
        project("cold, decoded", store, 51, 0, store);
    }
    config.cache = std::make_shared<SqliteCache>(SqliteCache::default_file(config));
    auto store = must(Store::open(config));
    project("cached, nothing new", store, 501, 0, store);
    project("cached, 10 new", store, 501, 10, store);
}
