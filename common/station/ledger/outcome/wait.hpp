// What an outcome waits for, and what would make up for an error: data, which may be stored and sent. Who reads it
// acts on it; the ledger does not.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <station/log/event_id.hpp>
#include <string>
#include <variant>
#include <vector>

namespace station::ledger {

using log::EventId;

// As it is stored: never below zero.
using Milliseconds = std::chrono::duration<std::uint64_t, std::milli>;

struct WaitCondition {
    struct Timeout {
        Milliseconds resume_at{};  // since 1970
        friend bool operator==(const Timeout&, const Timeout&) = default;
    };
    struct Event {
        EventId event_id;  // until there is this one
        friend bool operator==(const Event&, const Event&) = default;
    };
    struct All {
        std::vector<WaitCondition> conditions;
        friend bool operator==(const All&, const All&) = default;
    };
    struct Any {
        std::vector<WaitCondition> conditions;
        friend bool operator==(const Any&, const Any&) = default;
    };
    struct Custom {
        std::uint16_t tag = 0;
        std::vector<std::byte> data;
        friend bool operator==(const Custom&, const Custom&) = default;
    };

    std::variant<Timeout, Event, All, Any, Custom> what;
    friend bool operator==(const WaitCondition&, const WaitCondition&) = default;
};

struct CompensationAction {
    struct Rollback {
        std::vector<EventId> event_ids;
        friend bool operator==(const Rollback&, const Rollback&) = default;
    };
    struct Notify {
        EventId target_id;
        std::string message;
        friend bool operator==(const Notify&, const Notify&) = default;
    };
    struct Release {
        std::vector<EventId> resource_ids;
        friend bool operator==(const Release&, const Release&) = default;
    };
    struct Custom {
        std::string action_type;
        std::vector<std::byte> data;
        friend bool operator==(const Custom&, const Custom&) = default;
    };

    std::variant<Rollback, Notify, Release, Custom> what;
    friend bool operator==(const CompensationAction&, const CompensationAction&) = default;
};

}  // namespace station::ledger
