// An append under way: one event, or a batch. It belongs to the sequencer from offer() until `finished` is called.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <station/ledger/store/append.hpp>
#include <station/ledger/store/detail/entity_keys.hpp>
#include <station/ledger/store/detail/index.hpp>
#include <station/log/publish.hpp>
#include <string>
#include <unordered_map>
#include <vector>

namespace station::ledger {

// The last event of an entity, as the next one needs it.
struct ChainEnd {
    EntityHead head;
    Hash hash;
    bool erasable = false;  // its payloads are encrypted
    Epoch epoch = {};       // the sequence of its last ERASED
};

struct IdHash {
    std::size_t operator()(const EventId& id) const {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.bytes().data()), EventId::kSize});
    }
};

class Sequencer;

struct Operation : log::PublishRequest {
    struct Event {
        explicit Event(const NewEvent& event)
            : encoder(event.coordinate.entity(), event.coordinate.scope(), event.payload),
              kind(event.kind),
              options(event.options) {}

        EventEncoder encoder;
        EventKind kind;
        AppendOptions options;
        bool sealed = false;           // the encoder has it encrypted
        std::vector<std::byte> plain;  // what was given, where it is sealed
        Epoch epoch = {};              // for which
        log::Stamp stamp = {};
        AppendReceipt receipt = {};
        std::optional<Global> previous = {};
    };

    Operation() = default;
    explicit Operation(std::span<const NewEvent> given) { take(given); }
    void take(std::span<const NewEvent> given) {
        events.reserve(given.size());
        for (const NewEvent& event : given) events.emplace_back(event);
        log_messages.resize(given.size());
        log_receipts.resize(given.size());
    }

    std::vector<Event> events;
    std::vector<log::Message> log_messages;
    std::vector<log::Receipt> log_receipts;

    // Called once, on any thread, without a lock held; may give the operation free. Without an error the receipts are
    // there.
    void (*finished)(Operation&, std::optional<Error>) noexcept = nullptr;

    // What was read for the sequencer, which never waits for the disk: it asks, and is offered the operation again.
    std::unordered_map<std::string, ChainEnd> known_ends;
    std::map<std::pair<Global, EventId>, bool> known_keys;  // whether the event there has this key
    std::vector<std::string> wanted_ends;
    // Events that must be encrypted for another epoch: `makes_key` where nothing was said in it yet.
    struct WantedSeal {
        std::size_t event = 0;
        Epoch epoch = {};
        bool makes_key = false;
    };
    std::vector<WantedSeal> wanted_seals;
    std::vector<std::pair<Global, EventId>> wanted_keys;
    std::vector<Global> duplicates;  // the events that have our keys, in the order of our events that have one

    Sequencer* sequencer = nullptr;
    std::error_code log_error;               // what the log said
    std::optional<Error> refused_with;       // by the sequencer, before the log said so
    std::vector<Operation*> followers = {};  // those with the same keys, which get our receipts
};

}  // namespace station::ledger
