#include "refusal.hpp"

#include <algorithm>
#include <array>
#include <station/log/error.hpp>
#include <string>

#include "error.hpp"

namespace station::final_station {
namespace {

enum Code { kTooManyTopics = 1, kTooManySubscriptions, kTooManySubscriptionsInAll };

class StationCategory : public std::error_category {
  public:
    const char* name() const noexcept override { return "station"; }
    std::string message(int code) const override {
        switch (code) {
            case kTooManyTopics: return "no more topics may be made";
            case kTooManySubscriptions: return "no more subscriptions on this connection";
            default: return "no more subscriptions on this server";
        }
    }
};

const StationCategory kStationCategory;

bool stands_for(const Refusal& row, std::error_code error) {
    if (row.code.category() == std::generic_category()) return error == row.code.default_error_condition();
    return error == row.code;
}

}  // namespace

// The one that a loaded server meets most comes first.
std::span<const Refusal, kRefusalRows> refusals() {
    using log::Errc;
    using std::make_error_code;
    static const std::array<Refusal, kRefusalRows> table{{
        {Errc::queue_full, "server_busy", 429},
        {Errc::disk_full, "disk_full", 503},
        {Errc::payload_too_large, "payload_too_large", 413},
        {Errc::headers_too_large, "headers_too_large", 413},
        {Errc::bad_headers, "bad_headers", 400},
        {Errc::topic_failed, "topic_failed", 503},
        {Errc::topic_damaged, "topic_damaged", 503},
        {Errc::damaged, "topic_damaged", 503},
        {Errc::read_only, "read_only", 503},
        {Errc::ledger_topic, "ledger_topic", 403},
        {Errc::closed, "shutting_down", 503},
        {Errc::bad_topic_name, "bad_topic_name", 400},
        {Errc::no_such_topic, "unknown_topic", 404},
        {Errc::topic_deleted, "topic_deleted", 404},
        {Errc::bad_retention, "bad_retention", 400},
        {too_many_topics(), "too_many_topics", 429},
        {too_many_subscriptions(), "too_many_subscriptions", 503},
        {too_many_subscriptions_in_all(), "too_many_subscriptions", 503},
        {engine::Errc::unavailable, "unavailable", 503},
        {engine::Errc::fenced, "fenced", 503},
        {engine::Errc::overtaken, "overtaken", 503},
        {engine::Errc::foreign, "foreign_stream", 503},
        {engine::Errc::not_supported, "not_supported", 501},
        {make_error_code(std::errc::too_many_files_open), "too_many_open_files", 503},
        {make_error_code(std::errc::too_many_files_open_in_system), "too_many_open_files", 503},
        {make_error_code(std::errc::not_enough_memory), "out_of_memory", 503},
        {make_error_code(std::errc::resource_unavailable_try_again), "out_of_threads", 503},
        {make_error_code(std::errc::io_error), "storage_error", 503},
    }};
    return table;
}

const Refusal& refusal_of(std::error_code error) {
    const auto rows = refusals();
    const auto found = std::ranges::find_if(rows, [&](const Refusal& row) { return stands_for(row, error); });
    const Refusal& row = found == rows.end() ? rows.back() : *found;
    return *std::ranges::find(rows, row.reason, &Refusal::reason);
}

std::error_code too_many_topics() { return {kTooManyTopics, kStationCategory}; }
std::error_code too_many_subscriptions() { return {kTooManySubscriptions, kStationCategory}; }
std::error_code too_many_subscriptions_in_all() { return {kTooManySubscriptionsInAll, kStationCategory}; }

}  // namespace station::final_station
