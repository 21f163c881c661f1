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

// Some things in a row. Of one, which is what there is mostly, none takes memory of its own.
template <typename T>
class OneOrMore {
  public:
    // Once: each made of one of these.
    template <typename From>
    void make_of(std::span<const From> given) {
        if (given.size() == 1) {
            one_.emplace(given.front());
            return;
        }
        more_.reserve(given.size());
        for (const From& each : given) more_.emplace_back(each);
    }
    void resize(std::size_t size) {
        if (size == 1) {
            one_.emplace();
        } else {
            more_.resize(size);
        }
    }

    std::size_t size() const { return one_ ? 1 : more_.size(); }
    T* begin() { return one_ ? &*one_ : more_.data(); }
    T* end() { return begin() + size(); }
    const T* begin() const { return one_ ? &*one_ : more_.data(); }
    const T* end() const { return begin() + size(); }
    T& operator[](std::size_t i) { return begin()[i]; }
    const T& operator[](std::size_t i) const { return begin()[i]; }
    const T& front() const { return *begin(); }

  private:
    std::optional<T> one_;
    std::vector<T> more_;
};

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
        events.make_of(given);
        log_messages.resize(given.size());
        log_receipts.resize(given.size());
    }

    OneOrMore<Event> events;
    OneOrMore<log::Message> log_messages;
    OneOrMore<log::Receipt> log_receipts;

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
