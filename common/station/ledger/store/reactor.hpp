// Appends what follows from events: a cursor, and a function from an event to what is to be appended because of it.
//
//   auto reactor = store.react("welcome", Region::of_kind(kRegistered), [](const StoredEvent& cause) {
//       return std::vector<Reaction>{{outbox, kMailWanted, mail_of(cause)}};
//   });
//   std::jthread thread{[&] { reactor->run(); }};   ...   reactor->stop();
//
// Once for each event, whatever crashes in between, and however many reactors of that name run: what follows is one
// batch, whose first event has the idempotency key BLAKE3(event id | name), 16 bytes of it. Where that key is known,
// the event is done, and the function is not asked. (It is the consumer that writes its result and its progress in one
// step: Pat Helland, "Idempotence Is Not a Medical Condition", 2012.)
//
// How far it has come is kept in a small file beside the log (topics/<ledger>/reactors/), which saves time and decides
// nothing: where it is lost, or speaks of events that the log does not have, or of another region, all is gone through
// again, and the keys say what is done. Events from which nothing follows have no key: the function is asked about them
// again then. Without a folder of its own (Store::on() without a dir) there is no file.
//
// One thread at a time; stop() may come from any. It must not outlive its store.
#pragma once

#include <functional>
#include <memory>
#include <station/ledger/coordinate/region.hpp>
#include <station/ledger/store/append.hpp>
#include <station/ledger/store/stored_event.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::ledger {

class Store;

// An event that follows: its correlation is that of the cause, which is its cause.
struct Reaction {
    Coordinate coordinate;
    EventKind kind;
    std::vector<std::byte> payload;  // one MessagePack value
    Expect expect = {};
    bool erasable = false;
};

// It may read the store, and append to it. What it appends itself is appended again when it is asked again.
using ReactFunction = std::function<Result<std::vector<Reaction>>(const StoredEvent& cause)>;

class Reactor {
  public:
    Reactor(Store& store, std::string_view name, const Region& region, ReactFunction function);
    Reactor(Reactor&&) noexcept;
    Reactor& operator=(Reactor&&) noexcept;
    ~Reactor();

    // Does what there is to do now: the number of events that are done. An error of the function, or of the append
    // (Errc::sequence_mismatch, where a reaction expects something): the event is not done, and comes first next time.
    Result<std::uint64_t> catch_up();
    // The same, and waits for more, until stop(): no error then. Errc::closed: the store is, and all is done.
    Result<void> run();
    // Ends run() once the event in hand is done; one that comes before a run() ends that one. Any thread.
    void stop();

    // A global sequence: all events of the region before it are done.
    std::uint64_t position() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// What marks that the reactor of this name is done with an event.
EventId reaction_key(const EventId& event, std::string_view name);

}  // namespace station::ledger
