// A ledger, open: events with meaning on one topic of a bus.
//
//   auto store = ledger::Store::open({.dir = "data"});
//   auto account = ledger::Coordinate::make("account:7", "bank");
//   auto receipt = store->append(*account, kDeposited, json, {.expect = ledger::Expect::none()});
//   auto history = store->stream("account:7");
//
// An append returns when the event is as safe as the bus promises. Any thread may call anything. Errors are values;
// what they say is in error.hpp. docs/ledger.md has a bank that never loses a cent.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <station/ledger/coordinate/region.hpp>
#include <station/ledger/pipeline/bypass.hpp>
#include <station/ledger/proof/proof.hpp>
#include <station/ledger/store/append.hpp>
#include <station/ledger/store/config.hpp>
#include <station/ledger/store/cursor.hpp>
#include <station/ledger/store/event_list.hpp>
#include <station/ledger/store/payload.hpp>
#include <station/ledger/store/projection.hpp>
#include <station/ledger/store/reactor.hpp>
#include <station/ledger/store/stats.hpp>
#include <station/ledger/store/stored_event.hpp>
#include <station/ledger/store/subscription.hpp>
#include <station/ledger/typestate/transition.hpp>
#include <station/ledger/wire/payload_of.hpp>
#include <station/log/bus.hpp>
#include <string_view>
#include <vector>

namespace station::ledger {

template <typename Ctx>
class GatedStore;

class Store {
  public:
    // The folder's own bus, and its topic config.ledger.
    static Result<Store> open(StoreConfig config);
    // A topic of a bus that is open already, which becomes the ledger's own; of the config, what is the bus's is
    // ignored. The bus must outlive the store.
    static Result<Store> on(const log::Topic& topic, StoreConfig config = {});

    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;
    ~Store();  // close()

    Result<AppendReceipt> append(const Coordinate& coordinate, EventKind kind, Bytes payload,
                                 const AppendOptions& options = {});
    template <typename T>
        requires Encodable<T>
    Result<AppendReceipt> append(const Coordinate& coordinate, EventKind kind, const T& value,
                                 const AppendOptions& options = {}) {
        const std::vector<std::byte> payload = PayloadOf<T>::encode(value);
        return append(coordinate, kind, Bytes{payload}, options);
    }
    // A step of a state machine: one that the machine does not allow does not compile (typestate/transition.hpp).
    template <typename From, typename To, typename P>
    Result<AppendReceipt> apply(const Coordinate& coordinate, const Transition<From, To, P>& transition,
                                const AppendOptions& options = {}) {
        return append(coordinate, transition.kind(), transition.payload(), options);
    }
    // What follows from another event: its correlation, and its id as the cause.
    Result<AppendReceipt> append_reaction(const StoredEvent& cause, const Coordinate& coordinate, EventKind kind,
                                          Bytes payload, AppendOptions options = {});
    // All or none, whatever crashes, and all at once for readers. One event is a batch of one.
    Result<std::vector<AppendReceipt>> append_batch(std::span<const NewEvent> events);

    // Does not wait: the payload is copied, and `done` is called once, with `at_once` set before this returns,
    // otherwise on a thread of the bus: it must be short, and must not wait. log::Errc::queue_full where too many are
    // under way.
    using Done = std::function<void(Result<AppendReceipt>, bool at_once)>;
    void start_append(const Coordinate& coordinate, EventKind kind, Bytes payload, const AppendOptions& options,
                      Done done);

    // Errc::not_found where there is none.
    Result<StoredEvent> get(const EventId& id) const;
    // The event that has this idempotency key.
    Result<std::optional<StoredEvent>> find_key(const EventId& key) const;
    // By global sequence. `limit`: no more than that.
    Result<EventList> query(const Region& region, std::size_t limit = static_cast<std::size_t>(-1)) const;
    Result<EventList> stream(std::string_view entity) const { return query(Region::of_entity(entity)); }
    Result<EventList> by_scope(std::string_view scope) const { return query(Region::of_scope(scope)); }
    Result<EventList> by_kind(EventKind kind) const { return query(Region::of_kind(kind)); }
    // The event and those before it in its entity, newest first.
    Result<std::vector<StoredEvent>> walk_ancestors(const EventId& id, std::size_t limit) const;
    // These two read everything.
    Result<EventList> correlated(const EventId& correlation) const;
    Result<EventList> caused_by(const EventId& cause) const;

    // The event's payload as it was appended. Where the entity is forgotten, or its key is not here, there is none,
    // and that is no error.
    Result<Payload> payload(const StoredEvent& event) const;
    // What the entity said can never be read again, in no copy of the log; that it said something, and when, stays
    // provable. False: nothing was said since the last time, and nothing was written. Errc::not_erasable,
    // Errc::not_found.
    Result<bool> forget(std::string_view entity);

    // The entity's last event; nullopt where it has none.
    Result<std::optional<StoredEvent>> last(std::string_view entity) const;
    std::uint64_t size() const;  // records that can be read, hidden ones too
    StoreStats stats() const;
    // How it is: "open", "read_only", "damaged at offset 7", "failed: …", "closed".
    std::string diagnostics() const;
    // A folder of its own that holds the ledger as it is now, while appends go on: a copy to keep, or to open
    // elsewhere. Errc::snapshot_exists where there is a ledger already. Keys of erasable entities stay here, so that
    // the copy can never be read further than this one; with snapshot_keys they are copied, and an old copy of them
    // undoes forgetting.
    Result<void> snapshot(const log::Path& dir) const;
    Result<void> snapshot_keys(const log::Path& dir) const;

    // What the ledger is now, in 32 bytes, signed where the store has a key: who keeps it can tell later whether the
    // history before it is still the same. These three sync first; a store that only reads has none of them.
    Result<Head> head() const;
    // That the event lies in the ledger of the head that it names: that of now, or of when there were `size` records.
    Result<Proof> prove(const EventId& id, std::optional<std::uint64_t> size = {}) const;
    // That the ledger goes on from what it was when it had so many records.
    Result<Extension> prove_extension(std::uint64_t old_size, std::optional<std::uint64_t> size = {}) const;

    // What T makes of the entity's history: projection.hpp. nullopt: it has no event that T looks at.
    template <Projection T>
    Result<std::optional<T>> project(std::string_view entity, Freshness freshness = Freshness::consistent()) const {
        return ledger::project<T>(core_, entity, freshness);
    }
    // The same, again and again as it changes.
    template <Projection T>
    ProjectionWatch<T> watch_projection(std::string_view entity) const {
        return ProjectionWatch<T>{core_, entity};
    }
    // What comes is told; lossy. Errc::read_only: a store that only reads has nobody to tell it.
    Result<Subscription> subscribe(const Region& region, std::size_t capacity) const;
    // Pulls what is there and what comes, from this global sequence on; loses nothing.
    Cursor cursor(const Region& region, std::uint64_t from = 0) const;
    // Appends what follows from each event of the region, once: reactor.hpp. The store must stay where it is, and
    // outlive the reactor. Errc::bad_config: what is no name; Errc::read_only.
    Result<Reactor> react(std::string_view name, const Region& region, ReactFunction function);

    // What was acknowledged is durable when this returns, whatever the bus promises.
    Result<void> sync();
    // Rewrites what is derived: a checkpoint of all there is, and the cache.
    Result<void> compact();
    // Takes nothing more, answers all that was taken, makes a checkpoint, and gives the folder back.
    Result<void> close();

    const std::shared_ptr<Core>& core() const { return core_; }

  private:
    template <typename Ctx>
    friend class GatedStore;

    Result<AppendReceipt> append_bypassing(const BypassReason& reason, const Coordinate& coordinate, EventKind kind,
                                           Bytes payload, const AppendOptions& options);

    explicit Store(std::shared_ptr<Core> core);
    std::shared_ptr<Core> core_;
};

}  // namespace station::ledger
