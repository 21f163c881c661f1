// What the ledger's index costs for 10 million events: 100,000 entities, 100 scopes, 10 kinds, a key in each. In two
// processes, so that the second has nothing in memory but what it loads:
//
//     ledger_index build FOLDER [EVENTS [EVERY]]     a checkpoint every 100,000
//     ledger_index ask FOLDER
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <station/ledger/store/detail/index.hpp>
#include <string>
#include <vector>

#include <time.h>
#include <unistd.h>

namespace {

using namespace station::ledger;

// This thread's own time: what others on the machine do counts less.
struct Clock {
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<Clock, duration>;
    static time_point now() {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return time_point{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
    }
};

constexpr std::uint64_t kEntities = 100'000;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::size_t resident() {
    std::ifstream status{"/proc/self/statm"};
    std::size_t pages = 0;
    status >> pages >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// The same for the same event, in whichever process.
std::uint64_t draw(std::uint64_t event, std::uint64_t what) {
    std::uint64_t bits = event * 8 + what + 1;
    for (int round = 0; round < 3; ++round) bits = (bits ^ bits >> 31) * 0x9E3779B97F4A7C15;
    return bits ^ bits >> 32;
}

EventId id_from(std::uint64_t upper, std::uint64_t lower) {
    std::array<std::byte, EventId::kSize> bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::byte>(upper >> (56 - 8 * i));
        bytes[8 + i] = static_cast<std::byte>(lower >> (56 - 8 * i));
    }
    return EventId{bytes};
}

// 100,000 events a second.
std::uint64_t prefix_of(std::uint64_t event) {
    return (1'700'000'000'000 + event / 100) << 16 | 0x7000 | (event % 100);
}
EventId key_of(std::uint64_t event) { return id_from(draw(event, 0), draw(event, 1)); }
std::string entity_of(std::uint64_t event) { return "account:" + std::to_string(draw(event, 2) % kEntities); }
std::string scope_of(std::uint64_t event) { return "scope:" + std::to_string(draw(event, 3) % 100); }
EventKind kind_of(std::uint64_t event) {
    return EventKind::from_bits(static_cast<std::uint16_t>(0x1000 + draw(event, 4) % 10));
}

Index::Config config_of(const char* folder) {
    return {&station::log::posix_disk(), folder, false, 8,
            [](std::string_view text) { std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data()); }};
}

int build(const char* folder, std::uint64_t events, std::uint64_t every) {
    Index index{config_of(folder)};
    if (index.load()) return 1;
    std::vector<double> checkpoints;
    double appending = 0;
    for (std::uint64_t event = index.end(); event < events; ++event) {
        IndexEntry entry;
        entry.global = static_cast<Global>(event);
        entry.id = id_from(prefix_of(event), event);
        entry.position = static_cast<std::uint32_t>(event * 500);
        const std::string entity = entity_of(event);
        const std::string scope = scope_of(event);
        entry.entity = entity;
        entry.scope = scope;
        entry.kind = kind_of(event);
        entry.key = key_of(event);
        const auto start = Clock::now();
        const auto known = index.find_key(*entry.key);
        const auto head = index.entity(entity);
        if (head) {
            entry.previous = head->last;
            entry.sequence = head->last_sequence + 1;
        }
        index.append({&entry, 1});
        appending += ms_since(start);
        if ((event + 1) % every != 0) continue;
        const auto frozen = Clock::now();
        if (index.checkpoint()) return 1;
        checkpoints.push_back(ms_since(frozen));
    }
    std::sort(checkpoints.begin(), checkpoints.end());
    std::printf("append, with find_key and entity before it   %.2f us\n",
                appending * 1000 / static_cast<double>(events));
    if (!checkpoints.empty()) {
        std::printf("checkpoint, merges in it   median %.1f ms, longest %.1f ms\n", checkpoints[checkpoints.size() / 2],
                    checkpoints.back());
    }
    return 0;
}

template <typename Ask>
void rate(const char* what, std::uint64_t rounds, Ask ask) {
    std::mt19937_64 random{1};
    std::uint64_t found = 0;
    const auto start = Clock::now();
    for (std::uint64_t i = 0; i < rounds; ++i) found += ask(random());
    const double took = ms_since(start);
    std::printf("%-44s %9.3f us, %12.0f/s   (%.2f found)\n", what, took * 1000 / static_cast<double>(rounds),
                static_cast<double>(rounds) / took * 1000, static_cast<double>(found) / static_cast<double>(rounds));
}

int ask(const char* folder) {
    const std::size_t before = resident();
    const auto start = Clock::now();
    Index index{config_of(folder)};
    if (index.load()) return 1;
    const double loading = ms_since(start);
    const std::uint64_t events = index.end();
    if (events == 0) return 1;
    const auto each = [&](std::uint64_t bytes) { return static_cast<double>(bytes) / static_cast<double>(events); };
    const auto memory = index.memory();
    std::printf("%llu events in %zu parts: loaded in %.1f ms; bytes an event: file %.2f, owned %.2f, resident %.2f\n",
                static_cast<unsigned long long>(events), index.ends().size(), loading, each(memory.mapped),
                each(memory.owned), each(resident() - before));

    const auto end = static_cast<Global>(events);
    constexpr std::size_t all = ~std::size_t{0};
    const auto select = [&](const Region& region, Global from, std::size_t limit) {
        return index.select(region, from, end, limit).size();
    };
    rate("position", 1'000'000, [&](std::uint64_t r) { return index.position(static_cast<Global>(r % events)) & 1; });
    rate("find_id", 1'000'000, [&](std::uint64_t r) {
        const std::uint64_t event = r % events;
        const auto range = index.find_id(id_from(prefix_of(event), event));
        return range.end - range.begin;
    });
    rate("find_key, known", 1'000'000, [&](std::uint64_t r) { return index.find_key(key_of(r % events)).size(); });
    rate("find_key, new", 1'000'000, [&](std::uint64_t r) { return index.find_key(id_from(r, r)).size(); });
    rate("entity, known", 1'000'000, [&](std::uint64_t r) { return index.entity(entity_of(r % events)) ? 1U : 0U; });
    rate("entity, new", 1'000'000,
         [&](std::uint64_t r) { return index.entity("nobody:" + std::to_string(r)) ? 1U : 0U; });
    rate("select an entity", 20'000, [&](std::uint64_t r) { return select(Region::of_entity(entity_of(r)), 0, all); });
    rate("select an entity, 10 of it", 20'000,
         [&](std::uint64_t r) { return select(Region::of_entity(entity_of(r)), static_cast<Global>(r % events), 10); });
    rate("select a scope", 5, [&](std::uint64_t r) { return select(Region::of_scope(scope_of(r)), 0, all); });
    rate("select scope and kind, 100 of them", 2'000, [&](std::uint64_t r) {
        return select(Region::of_scope(scope_of(r)).with_kind(kind_of(r)), static_cast<Global>(r % events), 100);
    });
    rate("select a category, 100 of it", 2'000,
         [&](std::uint64_t r) { return select(Region::all().with_category(1), static_cast<Global>(r % events), 100); });
    rate("select a prefix of 10 entities", 20,
         [&](std::uint64_t r) { return select(Region::all().with_prefix(entity_of(r).substr(0, 12)), 0, all); });
    rate("select a prefix of all, 100 of it", 3,
         [&](std::uint64_t) { return select(Region::all().with_prefix("account:"), 0, 100); });
    std::printf("resident after all of it   %.2f bytes an event\n", each(resident() - before));
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    const std::string what = count > 2 ? arguments[1] : "";
    const auto number = [&](int at, std::uint64_t otherwise) {
        return count > at ? std::strtoull(arguments[at], nullptr, 10) : otherwise;
    };
    if (what == "build") return build(arguments[2], number(3, 10'000'000), number(4, 100'000));
    if (what == "ask") return ask(arguments[2]);
    std::fputs("usage: ledger_index build FOLDER [EVENTS [EVERY]] | ledger_index ask FOLDER\n", stderr);
    return 2;
}
