// What a line asks for: docs/protocol.md, "Requests". parse_request() is the only place that looks at JSON; it does
// no I/O and may be called from any thread.
//
// Two ways to be wrong, told apart because a client mends them differently: a line that is no JSON (or no UTF-8, or
// nested deeper than 64 levels), and JSON that is no request, where `detail` names the field and what it must be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

namespace station::wire {

inline constexpr std::size_t kMaxUserBytes = 64;
inline constexpr std::int64_t kMaxAmount = 1'000'000'000'000;
inline constexpr int kMaxDepth = 64;

enum class Action { buy, sell };

struct Event {
    std::string user;
    Action action = Action::buy;
    std::int64_t amount = 0;  // 1 to kMaxAmount

    // What the event adds to its user's balance.
    std::int64_t change() const { return action == Action::buy ? amount : -amount; }
};

struct BalanceQuery {
    std::string user;
};
struct MetricsQuery {};
struct HealthQuery {};

using Request = std::variant<Event, BalanceQuery, MetricsQuery, HealthQuery>;

struct RequestError {
    enum class Reason { invalid_json, invalid_event };
    Reason reason = Reason::invalid_json;
    std::string detail;  // empty for invalid_json
};

// Which requests beside events a server knows; all others are "unknown type …".
struct Queries {
    bool balance = false;
    bool metrics = false;  // metrics and health
};

tl::expected<Request, RequestError> parse_request(std::string_view line, Queries known);

// For the servers that know nothing but events.
tl::expected<Event, RequestError> parse_event(std::string_view line);

}  // namespace station::wire
