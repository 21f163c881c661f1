#include "read_commands.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <station/wire/json_writer.hpp>

#include "commands/output.hpp"
#include "open_ledger.hpp"
#include "print_event.hpp"

namespace station::final_station {
namespace {

ledger::EventId checked_id(const std::string& text) { return ledger::EventId::from_text(text).value(); }

// False where nobody reads it any more.
bool output_goes_on() { return std::ferror(stdout) == 0; }

int print_all(const ledger::Store& store, const ledger::EventList& events, bool json) {
    for (std::size_t i = 0; i < events.size() && output_goes_on(); ++i) {
        const auto event = events.read(i);
        if (!event) return fail(event.error().message());
        if (const auto printed = print_event(store, *event, json); !printed) return fail(printed.error().message());
    }
    return 0;
}

// In parts, so that a long chain need not be in memory as a whole.
int print_ancestors(const ledger::Store& store, ledger::EventId id, std::uint64_t limit, bool json) {
    constexpr std::size_t kPart = 1000;
    std::uint64_t left = limit == 0 ? std::numeric_limits<std::uint64_t>::max() : limit;
    for (std::size_t known = 0; left > 0 && output_goes_on(); known = 1) {
        const auto walked = store.walk_ancestors(id, known + std::min<std::uint64_t>(kPart, left));
        if (!walked) return fail(walked.error().message());
        for (std::size_t i = known; i < walked->size(); ++i, --left) {
            const auto printed = print_event(store, (*walked)[i], json);
            if (!printed) return fail(printed.error().message());
        }
        if (walked->size() <= known) break;
        id = walked->back()->header.event_id;
    }
    return 0;
}

template <typename Print>
int print_from(const LedgerOptions& options, Print&& print) {
    const auto open = open_ledger(options, LedgerAccess::read);
    if (!open) return fail(open.error().message());
    const int status = print(open->store);
    return flush_output() ? status : kFailure;
}

}  // namespace

int ledger_get(const LedgerOptions& options, const std::string& id) {
    return print_from(options, [&](const ledger::Store& store) {
        const auto event = store.get(checked_id(id));
        if (!event) return fail(event.error().message());
        const auto printed = print_event(store, *event, options.json);
        return printed ? 0 : fail(printed.error().message());
    });
}

int ledger_query(const LedgerOptions& options, const LedgerQueryOptions& query) {
    return print_from(options, [&](const ledger::Store& store) {
        const std::size_t limit = query.limit == 0 ? std::numeric_limits<std::size_t>::max() : query.limit;
        const auto events = store.query(query.region, limit);
        return events ? print_all(store, *events, options.json) : fail(events.error().message());
    });
}

int ledger_walk(const LedgerOptions& options, const std::string& id, std::uint64_t limit) {
    return print_from(options, [&](const ledger::Store& store) {
        return print_ancestors(store, checked_id(id), limit, options.json);
    });
}

int ledger_stats(const LedgerOptions& options) {
    return print_from(options, [&](const ledger::Store& store) {
        const ledger::StoreStats stats = store.stats();
        const std::pair<const char*, std::uint64_t> numbers[] = {{"records", stats.records},
                                                                 {"entities", stats.entities},
                                                                 {"log_bytes", stats.log_bytes},
                                                                 {"segments", stats.segments},
                                                                 {"index_memory_bytes", stats.index_memory_bytes},
                                                                 {"index_mapped_bytes", stats.index_mapped_bytes}};
        if (!options.json) {
            for (const auto& [name, number] : numbers) {
                std::printf("%-20s %14llu\n", name, static_cast<unsigned long long>(number));
            }
            return 0;
        }
        std::string line;
        wire::JsonWriter json{line};
        json.begin_object().member("ledger", options.ledger);
        for (const auto& [name, number] : numbers) json.member(name, number);
        json.end_object();
        print_payload(line);
        return 0;
    });
}

}  // namespace station::final_station
