// What a store and all that was got from it share: the topic, the index of it, and the sequencer in front.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <station/base/guarded.hpp>
#include <station/ledger/coordinate/region.hpp>
#include <station/ledger/proof/proof.hpp>
#include <station/ledger/proof/tree_file.hpp>
#include <station/ledger/store/config.hpp>
#include <station/ledger/store/detail/entity_keys.hpp>
#include <station/ledger/store/detail/index.hpp>
#include <station/ledger/store/detail/loader.hpp>
#include <station/ledger/store/detail/sequencer.hpp>
#include <station/ledger/store/payload.hpp>
#include <station/ledger/store/stored_event.hpp>
#include <station/log/bus.hpp>
#include <vector>

namespace station::ledger {

// Told of acknowledged events, in order, by a writer of the log: short, and it never waits. What it is told of can be
// read already.
class Listener {
  public:
    virtual ~Listener() = default;
    virtual void acknowledged(const Operation& operation) noexcept = 0;
    // Nothing is acknowledged any more: once, perhaps before listen() returns.
    virtual void closed() noexcept = 0;
};

// In the topic's folder.
inline constexpr const char* kIndexFolder = "index";
inline constexpr const char* kKeysFile = "keys.db";

class Core : public std::enable_shared_from_this<Core> {
  public:
    Core(StoreConfig config, std::optional<log::Bus> bus, const log::Topic& topic);
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    // Once, before all else.
    std::optional<Error> open();

    const StoreConfig& config() const { return config_; }
    const log::Topic& topic() const { return topic_; }
    const Index& index() const { return index_; }

    // Of any kind, the ledger's own, too; what else an event may be was checked.
    Result<std::vector<AppendReceipt>> append_and_wait(std::span<const NewEvent> events);
    Result<AppendReceipt> append_and_wait(const NewEvent& event);
    // Takes the operation and answers it, perhaps before this returns. `may_wait`: for room.
    void start(Operation& operation, bool may_wait);
    // Whoever waits for it writes it.
    void lead() {
        if (sequencer_ != nullptr) sequencer_->lead();
    }

    void write_soon() {
        if (sequencer_ != nullptr) sequencer_->write_soon();
    }

    // Events before this can be read: all that are acknowledged.
    Result<Global> end();
    Result<StoredEvent> read(Global global) const;
    // Where its record lies. `size`: 0 where that is not known.
    struct Place {
        Global global = 0;
        std::uint32_t position = 0;
        std::size_t size = 0;
    };
    Place place(Global global) const;
    // With a reader that is used again, and `ahead` bytes for the reads that follow.
    Result<StoredEvent> read(log::RecordReader& reader, const Place& place, std::size_t ahead) const;
    // What may be in the region, ascending; Errc::damaged where some of it may be behind damage.
    Result<std::vector<Global>> select(const Region& region, Global from, std::size_t limit);
    // The same of [from, end), whatever may be behind damage.
    Result<std::vector<Global>> select_before(const Region& region, Global from, Global end, std::size_t limit) const;
    Result<StoredEvent> get(const EventId& id);
    Result<Global> find(const EventId& id);
    std::optional<Error> damage() const;
    AppendReceipt receipt_of(const StoredEvent& event) const;
    // With a signature, where the store has a key: of what is durable.
    AppendReceipt signed_receipt(AppendReceipt receipt) const;
    // Of an event, decrypted where it is: Payload::state() says what there was to be had.
    Result<Payload> payload(const StoredEvent& event);
    // True: something was written.
    Result<bool> forget(const std::string& entity);
    // What else holds an entity's content destroys it when it is forgotten: called for those that are, and at once for
    // those that were.
    using Eraser = std::function<std::error_code(std::string_view entity)>;
    std::optional<Error> on_forget(Eraser eraser);
    // Section by section what docs/ledger.md says of proofs: of all that is synced, and synced first.
    Result<Head> head();
    // `size`: as the ledger was then; nullopt: as it is now.
    Result<Proof> prove(const EventId& id, std::optional<std::uint64_t> size);
    Result<Extension> prove_extension(std::uint64_t old_size, std::optional<std::uint64_t> size);
    std::string diagnostics() const;
    Result<void> snapshot(const log::Path& dir);
    Result<void> snapshot_keys(const log::Path& dir);
    // Once it has finished without an error.
    Result<std::vector<AppendReceipt>> receipts_of(const Operation& operation) const;
    Result<AppendReceipt> receipt_of(const Operation& operation) const;  // of one event

    void listen(Listener& listener);
    void stop_listening(Listener& listener);

    // Makes a checkpoint where one is due, or `now`.
    std::optional<Error> checkpoint(bool now);
    std::optional<Error> close();

  private:
    struct Waiting;
    std::optional<Error> wait_for(Waiting& waiting);
    static Index::Config index_config(const StoreConfig& config, const log::Topic& topic);
    Result<std::vector<AppendReceipt>> duplicates_of(const Operation& operation) const;
    std::optional<Error> look_up(Operation& operation);
    std::optional<Error> seal(Operation& operation);
    tl::expected<CipherKey, std::error_code> key_for(const std::string& entity, const Operation::WantedSeal& wanted);
    Result<ChainEnd> chain_end(const EntityHead& head) const;
    Result<StoredEvent> get_beside_damage(log::RecordReader& reader, const EventId& id, Global from, Global to) const;
    // The ERASED of an entity, as far as they are known: looking for them goes through all of its chain.
    struct Erasures {
        struct One {
            Global global = 0;
            std::uint64_t sequence = 0;
        };
        std::vector<One> found;  // ascending
        Global known_to = 0;
    };
    struct ErasedAround {
        Epoch before;         // the last one before a place in the log
        bool behind = false;  // there is one at this place, or behind it
    };
    // What comes at `end` or behind it may be left out.
    Result<ErasedAround> erased_around(std::string_view entity, Global global, Global end) const;
    Result<ErasedAround> erased_around(const StoredEvent& event);
    std::optional<Error> finish_forgetting();
    std::optional<Error> destroy(const std::string& entity, std::uint64_t epoch);
    std::optional<Error> write_checkpoint();
    void acknowledged(const Operation& operation);
    void warn(std::string_view text) const;

    const StoreConfig config_;
    std::optional<log::Bus> bus_;  // where it is the store's own
    log::Topic topic_;
    Index index_;
    mutable std::mutex loading_;  // the loader, and who appends to the index of a store that only reads
    Loader loader_;
    std::unique_ptr<Sequencer> sequencer_;  // none where nothing can be appended
    Result<TreeFile*> tree();
    std::optional<Error> grow_tree(Global end);
    Result<void> check_tree();
    Result<Head> head_of(const TreeFile& tree, std::optional<std::uint64_t> size);
    template <typename F>
    auto with_tree(F&& use) -> decltype(use(std::declval<TreeFile&>()));

    std::mutex tree_mutex_;
    std::unique_ptr<TreeFile> tree_;    // from the first proof on
    std::unique_ptr<EntityKeys> keys_;  // none without a folder of the system's
    mutable std::mutex erasures_mutex_;
    mutable std::map<std::string, Erasures, std::less<>> erasures_;  // of entities that were asked for of late
    std::mutex erasing_;
    std::vector<Eraser> erasers_;
    std::mutex checkpointing_;
    base::Mutex listeners_mutex_;
    std::vector<Listener*> listeners_ STATION_GUARDED_BY(listeners_mutex_);
    bool all_acknowledged_ STATION_GUARDED_BY(listeners_mutex_) = false;
    std::atomic<bool> closed_{false};
};

}  // namespace station::ledger
