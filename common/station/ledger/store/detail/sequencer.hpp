// The heart of a ledger: one short critical section in front of the topic decides, in the order of appends, idempotency
// keys, expected sequences, positions, the clock and the chains; it encodes, and hands over to the log's group commit.
// It never waits for the disk, and no acknowledgement comes before it.
//
// What is handed over counts as there. Each publish carries the offset that it must get, so where the log refuses one
// (a full disk), it refuses all that was handed over behind it, too; the sequencer goes back to the last acknowledged
// event, and appends go on.
//
// Any thread may offer; the log's writers settle.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <station/ledger/store/detail/log_end.hpp>
#include <station/ledger/store/detail/operation.hpp>
#include <station/log/topic.hpp>
#include <string>
#include <unordered_map>

namespace station::ledger {

class Sequencer {
  public:
    struct Config {
        std::function<std::int64_t()> clock = {};  // ns since 1970
        std::function<std::uint64_t()> entropy = {};
        std::size_t capacity = 65536;  // events under way
        std::size_t max_payload = std::size_t{1} << 20;
        log::Durability::Mode durability = log::Durability::Mode::always;
        // Acknowledged events, in order: the index has them, and so may readers.
        std::function<void(const Operation&)> acknowledged = {};
    };

    // The index must outlive it, and nobody else appends to it. `topic` may publish.
    Sequencer(log::Topic topic, Index& index, const LogEnd& end, Config config);

    enum class Verdict {
        taken,      // `finished` will be called
        refused,    // for the reason in refused_with
        duplicate,  // Operation::duplicates are the events that have its keys
        look_up,    // what it wants to know has to be read first, or encrypted
        no_room,    // too many events are under way
    };
    Verdict offer(Operation& operation);
    // Somebody who waits for the operation writes it, if nobody else is about to.
    void lead() { topic_.lead(); }
    void write_soon() { topic_.write_soon(); }
    void wait_for_room();

    // Nothing is taken any more; returns when all that was has been answered.
    void close();

  private:
    static constexpr std::size_t kMostAtOnce = 256;  // operations that are settled under one lock

    struct State {
        ChainEnd end;
        bool any = false;  // the entity has an event; `end` means nothing otherwise
    };
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };
    using Names = std::unordered_map<std::string, State, NameHash, std::equal_to<>>;
    // What to put back where an operation is refused after all.
    using Undo = std::vector<std::pair<State*, State>>;

    std::optional<Verdict> look_at_keys(Operation& operation);
    Verdict follow(Operation& operation, Operation& leader);
    State* end_of(Operation& operation, std::string_view entity);
    std::optional<Verdict> decide(Operation& operation, LogEnd& next, Undo& undo);
    std::optional<Verdict> place(Operation& operation, std::size_t i, LogEnd& next, Undo& undo);
    static std::optional<Error> check_seal(Operation& operation, std::size_t i, const State& state);
    std::optional<Verdict> hand_over(Operation& operation);
    void drop_keys(const Operation& operation);
    static Verdict refuse(Operation& operation, Error error);

    static void done(log::PublishRequest& request, std::error_code error) noexcept;
    bool is_followed(const Operation& operation) const;
    void settle(std::span<Operation* const> operations) noexcept;
    std::size_t answer(Operation& operation);
    static void say_duplicates(Operation& follower, const Operation& leader);
    void acknowledge(Operation& operation);
    void go_back(Operation& operation, std::error_code error);
    void index(const Operation& operation, std::size_t events, bool hidden);
    void tell_index();
    void forget_idle();

    log::Topic topic_;
    Index& index_;
    const Config config_;

    // Answered by the log, in order, and not yet settled. Its writers' own, who come one after the other.
    std::array<Operation*, kMostAtOnce> answered_{};
    std::size_t answered_count_ = 0;

    std::mutex mutex_;
    std::condition_variable settled_;
    LogEnd next_;     // behind all that was handed over
    LogEnd written_;  // behind what the log has answered for
    log::EventIdGenerator ids_;
    Names names_;                                           // entities that were appended to of late
    std::unordered_map<EventId, Operation*, IdHash> keys_;  // under way
    std::deque<Operation*> under_way_;                      // in order
    // For the index. Between two acknowledgements: the records of batches that were cut in two at the log's end.
    std::vector<IndexEntry> entries_;
    Undo undo_;                     // of the operation that is offered
    bool index_is_behind_ = false;  // some of them are of acknowledged events
    std::size_t events_under_way_ = 0;
    std::size_t unanswered_ = 0;  // operations
    std::uint64_t settles_ = 0;
    std::size_t waiters_ = 0;
    bool closed_ = false;
    bool index_failed_ = false;  // there was no memory for an acknowledged event: nothing more is taken
};

}  // namespace station::ledger
