// A case of the contract, as read from tests/contract/*.jsonl: what is sent, on which connections, and what
// must come back. The format is described in tests/contract/README.md; this header and that page change
// together.
#pragma once

#include <cstdint>
#include <loadgen/check/payload.hpp>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

namespace station::check {

// ---- One reply line ----

struct Exactly {
    std::vector<Payload> one_of;
};
// The step's reply to a valid event, after which its user's balance is `balance` (or `$i`).
struct ValidReply {
    std::int64_t balance = 0;
    bool balance_counts = false;
    bool or_busy = false;
};
struct ErrorReply {
    std::string reason;
    std::vector<std::string> about;  // what the detail of an invalid_event must mention
};
// Three counters that add up: received >= processed + dropped.
struct MetricsReply {};

using Expectation = std::variant<Exactly, ValidReply, ErrorReply, MetricsReply>;

// ---- Actions ----

struct Split {
    enum class Kind { none, everywhere, bytes, at };
    Kind kind = Kind::none;
    std::vector<std::size_t> at;
};
struct Send {
    Payload payload;
    std::size_t times = 1;
    Split split;
    std::size_t discard_replies = 0;  // so many replies are read and forgotten
};
// How many bytes that is; the same in every run.
std::size_t count_bytes(const Send& send);

struct Expect {
    Expectation reply;
    std::size_t times = 1;
};
struct Share {
    Payload line;
    std::size_t least = 0;
    std::size_t most = 0;
};
// `of` replies in any order, so many of each kind.
struct Tally {
    std::size_t of = 0;
    std::vector<Share> shares;
};
struct ExpectSilence {
    std::size_t milliseconds = 0;
};
struct ExpectClosed {};
struct HalfClose {};
struct Close {};
struct Reset {};
// Asks again and again until the reply is this one.
struct Eventually {
    Payload request;
    Payload reply;
};
// The same for a user's balance, on the steps that have the request.
struct EventualBalance {
    Payload user;
    std::int64_t balance = 0;
};
struct RememberMetrics {};
// Since RememberMetrics, in the end; nullopt: any number, as long as received == processed + dropped.
struct MetricsGrew {
    std::optional<std::uint64_t> received, processed, dropped;
};
struct Action;
struct Repeat {
    std::size_t times = 0;
    std::vector<Action> actions;
};

struct Action {
    std::string on;  // the connection's name
    std::variant<Send, Expect, Tally, ExpectSilence, ExpectClosed, HalfClose, Close, Reset, Eventually, EventualBalance,
                 RememberMetrics, MetricsGrew, Repeat>
        what;
};

struct Case {
    std::string id;
    std::string name;
    std::set<int> steps;
    std::vector<std::string> options;  // the server needs these; none: any server of the step will do
    bool slow = false;
    bool alone = false;  // nothing else may run, or have run just before, on the same server
    std::string next;    // what to read where it fails; empty: the group's
    std::vector<Action> actions;
};

// The cases of one file, which begins with a line about them all.
struct Group {
    std::string name;  // framing, from 02_framing.jsonl
    std::string about;
    std::string next;
    std::vector<Case> cases;
};

// All groups of a folder, in the order of their files. The error names file and line: a case that is misspelt
// must not pass as one that asks for nothing.
tl::expected<std::vector<Group>, std::string> load_groups(const std::string& folder);

// The same for the text of one file.
tl::expected<Group, std::string> parse_group(const std::string& file, const std::string& text);

}  // namespace station::check
