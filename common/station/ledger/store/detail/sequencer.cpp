#include <algorithm>
#include <new>
#include <station/base/assertion.hpp>
#include <station/ledger/store/detail/sequencer.hpp>

namespace station::ledger {
namespace {

constexpr std::uint64_t kMostEvents = 0xFFFF'FFFF;
constexpr std::size_t kIdleNames = 65536;

SequenceMismatch mismatch_of(const Expect& expect, std::optional<std::uint64_t> last) {
    SequenceMismatch mismatch{.expected = {}, .actual = last, .expected_any = expect.what() == Expect::What::exists};
    if (expect.what() == Expect::What::exactly) mismatch.expected = expect.sequence();
    return mismatch;
}

}  // namespace

Sequencer::Sequencer(log::Topic topic, Index& index, const LogEnd& end, Config config)
    : topic_(std::move(topic)),
      index_(index),
      config_(std::move(config)),
      next_(end),
      written_(end),
      ids_(config_.entropy) {
    ids_.continue_after(end.id);
}

Sequencer::Verdict Sequencer::refuse(Operation& operation, Error error) {
    operation.refused_with = std::move(error);
    return Verdict::refused;
}

Sequencer::Verdict Sequencer::offer(Operation& operation) {
    const std::lock_guard lock{mutex_};
    if (closed_) return refuse(operation, {Errc::closed});
    if (index_failed_) return refuse(operation, {std::make_error_code(std::errc::not_enough_memory), "index"});
    operation.wanted_ends.clear();
    operation.wanted_keys.clear();
    operation.wanted_seals.clear();
    if (const auto verdict = look_at_keys(operation)) return *verdict;
    if (events_under_way_ > 0 && events_under_way_ + operation.events.size() > config_.capacity) {
        return Verdict::no_room;
    }
    if (names_.size() > kIdleNames) forget_idle();
    LogEnd next = next_;
    undo_.clear();
    std::optional<Verdict> verdict;
    try {
        undo_.reserve(operation.events.size());
        verdict = decide(operation, next, undo_);
        if (!verdict) verdict = hand_over(operation);
    } catch (const std::bad_alloc&) {
        verdict = refuse(operation, {std::make_error_code(std::errc::not_enough_memory)});
    }
    if (verdict) {
        for (auto change = undo_.rbegin(); change != undo_.rend(); ++change) *change->first = change->second;
        return *verdict;
    }
    next_ = next;
    return Verdict::taken;
}

// Keys come before all else: a retry whose first try went through gets its receipt, and no mismatch.
std::optional<Sequencer::Verdict> Sequencer::look_at_keys(Operation& operation) {
    std::size_t keyed = 0;
    std::vector<Operation*> leaders;
    operation.duplicates.clear();
    for (const Operation::Event& event : operation.events) {
        if (!event.options.idempotency_key) continue;
        ++keyed;
        const EventId& key = *event.options.idempotency_key;
        if (const auto found = keys_.find(key); found != keys_.end()) {
            leaders.push_back(found->second);
            continue;
        }
        for (const Global candidate : index_.find_key(key)) {
            const auto known = operation.known_keys.find({candidate, key});
            if (known == operation.known_keys.end()) {
                operation.wanted_keys.emplace_back(candidate, key);
            } else if (known->second) {
                operation.duplicates.push_back(candidate);
                break;
            }
        }
    }
    if (!operation.wanted_keys.empty()) return Verdict::look_up;
    if (leaders.empty() && operation.duplicates.empty()) return std::nullopt;
    if (operation.duplicates.size() == keyed) return Verdict::duplicate;
    const bool one_leader =
        std::all_of(leaders.begin(), leaders.end(), [&](const Operation* leader) { return leader == leaders.front(); });
    if (leaders.size() != keyed || !one_leader) return refuse(operation, {Errc::key_reused, "a batch"});
    return follow(operation, *leaders.front());
}

// Its receipts are those of the one that is under way, once that is durable.
Sequencer::Verdict Sequencer::follow(Operation& operation, Operation& leader) {
    for (const Operation::Event& event : operation.events) {
        if (!event.options.idempotency_key) continue;
        const auto same_key = std::find_if(leader.events.begin(), leader.events.end(), [&](const auto& other) {
            return other.options.idempotency_key == event.options.idempotency_key;
        });
        if (same_key->encoder.entity() != event.encoder.entity() ||
            same_key->encoder.scope() != event.encoder.scope()) {
            return refuse(operation, {Errc::key_reused, "entity " + std::string{event.encoder.entity()}});
        }
    }
    operation.duplicates.reserve(operation.events.size());  // nothing may fail when they are answered
    leader.followers.push_back(&operation);
    ++unanswered_;
    return Verdict::taken;
}

// nullptr: it has to be looked up first.
Sequencer::State* Sequencer::end_of(Operation& operation, std::string_view entity) {
    if (const auto found = names_.find(entity); found != names_.end()) return &found->second;
    const auto head = index_.entity(entity);
    State state;
    if (head) {
        const auto known = operation.known_ends.find(std::string{entity});
        if (known == operation.known_ends.end() || known->second.head.last != head->last) {
            operation.wanted_ends.emplace_back(entity);
            return nullptr;
        }
        state = {known->second, true};
    }
    return &names_.emplace(entity, state).first->second;
}

std::optional<Sequencer::Verdict> Sequencer::decide(Operation& operation, LogEnd& next, Undo& undo) {
    if (next.offset + operation.events.size() > kMostEvents) return refuse(operation, {Errc::full});
    const std::int64_t now = config_.clock();
    next.time = std::max(next.time, now);
    for (std::size_t i = 0; i < operation.events.size(); ++i) {
        // Behind one that can't be judged yet, none is: the first that does not hold is the answer.
        if (!operation.wanted_ends.empty()) {
            end_of(operation, operation.events[i].encoder.entity());
            continue;
        }
        const auto verdict = place(operation, i, next, undo);
        if (verdict && *verdict != Verdict::look_up) return verdict;
    }
    if (!operation.wanted_ends.empty() || !operation.wanted_seals.empty()) return Verdict::look_up;
    return std::nullopt;
}

// Encrypting stays outside: where the event is not as the entity wants it now, it is handed back.
std::optional<Error> Sequencer::check_seal(Operation& operation, std::size_t i, const State& state) {
    const Operation::Event& event = operation.events[i];
    const bool erasable = state.any ? state.end.erasable : event.options.erasable;
    const bool is_erased = event.kind == kinds::erased;
    if (!erasable && (is_erased || event.options.erasable)) {
        return Error{Errc::not_erasable, "entity " + std::string{event.encoder.entity()}};
    }
    const Epoch epoch = state.any ? state.end.epoch : Epoch{};
    const bool wants_seal = erasable && !is_erased;
    if (event.sealed == wants_seal && (!wants_seal || event.epoch == epoch)) return std::nullopt;
    const bool silent = !state.any || state.end.epoch == state.end.head.last_sequence;
    operation.wanted_seals.push_back({i, wants_seal ? epoch : Epoch{}, silent});
    return std::nullopt;
}

std::optional<Sequencer::Verdict> Sequencer::place(Operation& operation, std::size_t i, LogEnd& next, Undo& undo) {
    Operation::Event& event = operation.events[i];
    State* const state = end_of(operation, event.encoder.entity());
    if (state == nullptr) return Verdict::look_up;
    std::optional<std::uint64_t> last;
    if (state->any) last = state->end.head.last_sequence;
    if (event.options.at && *event.options.at != next.offset) {
        return refuse(operation,
                      {Errc::sequence_mismatch, "the ledger", SequenceMismatch{event.options.at, next.offset}});
    }
    if (!event.options.expect.holds(last)) {
        return refuse(operation, {Errc::sequence_mismatch, "entity " + std::string{event.encoder.entity()},
                                  mismatch_of(event.options.expect, last)});
    }
    if (auto error = check_seal(operation, i, *state)) return refuse(operation, std::move(*error));
    const std::uint64_t timestamp_us = static_cast<std::uint64_t>(next.time / 1000);
    const std::uint64_t wall_ms = timestamp_us / 1000;
    const bool same_moment = next.offset > 0 && wall_ms == next.wall_ms;
    next.counter = same_moment ? next.counter + 1 : 0;
    next.wall_ms = wall_ms;
    next.id = ids_.next(next.time);

    EventHeader header;
    header.event_id = next.id;
    header.correlation_id = event.options.correlation_id.value_or(next.id);
    header.causation_id = event.options.causation_id;
    header.timestamp_us = static_cast<std::int64_t>(timestamp_us);
    header.position = {wall_ms, next.counter, 0, 0, last ? *last + 1 : 0};
    header.event_kind = event.kind;
    header.flags = event.options.flags;
    std::optional<BatchMark> batch;
    if (operation.events.size() > 1) batch = BatchMark{next.offset - i, operation.events.size()};
    const Hash prev_hash = state->any ? state->end.hash : Hash{};
    Hash event_hash;
    const Bytes bytes = event.encoder.encode(header, prev_hash, event.options.idempotency_key, batch, event_hash);
    if (bytes.size() > config_.max_payload) return refuse(operation, {log::Errc::payload_too_large});

    const auto global = static_cast<Global>(next.offset);
    event.previous = state->any ? std::optional{state->end.head.last} : std::nullopt;
    event.stamp = {next.id, next.time, next.offset};
    event.receipt = {next.id,    header.position.sequence, next.offset, header.position,
                     event_hash, config_.durability,       false,       {},
                     next.time};
    operation.log_messages[i] = {bytes, {}, &event.stamp};
    undo.emplace_back(state, *state);
    const Global first = state->any ? state->end.head.first : global;
    ChainEnd end{{first, global, header.position.sequence}, event_hash};
    end.erasable = state->any ? state->end.erasable : event.options.erasable;
    end.epoch = event.kind == kinds::erased ? Epoch{header.position.sequence} : state->any ? state->end.epoch : Epoch{};
    *state = {end, true};
    ++next.offset;
    return std::nullopt;
}

std::optional<Sequencer::Verdict> Sequencer::hand_over(Operation& operation) {
    operation.sequencer = this;
    operation.messages = {operation.log_messages.begin(), operation.log_messages.size()};
    operation.receipts = operation.log_receipts.begin();
    operation.done = &Sequencer::done;
    std::error_code error = std::make_error_code(std::errc::not_enough_memory);
    try {
        for (const Operation::Event& event : operation.events) {
            if (event.options.idempotency_key) keys_.emplace(*event.options.idempotency_key, &operation);
        }
        under_way_.push_back(&operation);
        error = topic_.hand_in(operation);
        if (error) under_way_.pop_back();
    } catch (const std::bad_alloc&) {
        error = std::make_error_code(std::errc::not_enough_memory);
    }
    if (!error) {
        events_under_way_ += operation.events.size();
        ++unanswered_;
        return std::nullopt;
    }
    drop_keys(operation);
    if (error == log::Errc::queue_full && unanswered_ > 0) return Verdict::no_room;
    return refuse(operation, Error{error});
}

void Sequencer::drop_keys(const Operation& operation) {
    for (const Operation::Event& event : operation.events) {
        if (event.options.idempotency_key) keys_.erase(*event.options.idempotency_key);
    }
}

// A group of the log's is settled as a whole: not a lock for each operation, which those who append compete for.
void Sequencer::done(log::PublishRequest& request, std::error_code error) noexcept {
    auto& operation = static_cast<Operation&>(request);
    Sequencer& self = *operation.sequencer;
    operation.log_error = error;
    self.answered_[self.answered_count_++] = &operation;
    if (self.answered_count_ < kMostAtOnce && self.is_followed(operation)) return;
    self.settle(std::span{self.answered_}.first(std::exchange(self.answered_count_, 0)));
}

// The log answers another of ours behind this one, on this thread.
bool Sequencer::is_followed(const Operation& operation) const {
    const log::PublishRequest* const next = operation.next;
    return next != nullptr && next->done == &Sequencer::done && static_cast<const Operation*>(next)->sequencer == this;
}

void Sequencer::settle(std::span<Operation* const> operations) noexcept {
    {
        const std::lock_guard lock{mutex_};
        for (Operation* const operation : operations) {
            if (operation->refused_with) continue;
            if (operation->log_error) {
                go_back(*operation, operation->log_error);
            } else {
                acknowledge(*operation);
            }
        }
        tell_index();
    }
    std::size_t answered = 0;
    for (Operation* const operation : operations) answered += answer(*operation);
    const std::lock_guard lock{mutex_};
    unanswered_ -= answered;
    ++settles_;
    if (waiters_ > 0) settled_.notify_all();
}

// How many were answered: those that follow it, too. Its keys are no longer under way, so nobody joins them.
std::size_t Sequencer::answer(Operation& operation) {
    if (!operation.refused_with && config_.acknowledged) config_.acknowledged(operation);
    const auto followers = std::move(operation.followers);
    for (Operation* const follower : followers) {
        if (!operation.refused_with) say_duplicates(*follower, operation);
        follower->finished(*follower, operation.refused_with);
    }
    auto refused_with = std::move(operation.refused_with);
    operation.finished(operation, std::move(refused_with));
    return 1 + followers.size();
}

void Sequencer::say_duplicates(Operation& follower, const Operation& leader) {
    for (const Operation::Event& event : follower.events) {
        if (!event.options.idempotency_key) continue;
        const auto first = std::find_if(leader.events.begin(), leader.events.end(), [&](const auto& other) {
            return other.options.idempotency_key == event.options.idempotency_key;
        });
        follower.duplicates.push_back(static_cast<Global>(first->receipt.global_sequence));
    }
}

void Sequencer::acknowledge(Operation& operation) {
    STATION_ASSERT(!under_way_.empty() && under_way_.front() == &operation);
    under_way_.pop_front();
    events_under_way_ -= operation.events.size();
    drop_keys(operation);
    index(operation, operation.events.size(), false);
}

// The log has refused it, and will refuse all that was handed over behind it, since their offsets are not to be had.
void Sequencer::go_back(Operation& operation, std::error_code error) {
    STATION_ASSERT(!under_way_.empty() && under_way_.front() == &operation);
    tell_index();
    for (Operation* const other : under_way_) {
        events_under_way_ -= other->events.size();
        other->refused_with = Error{error};
    }
    index(operation, operation.acknowledged, true);
    for (Operation* const other : under_way_) {
        for (const Operation::Event& event : other->events) {
            if (const auto found = names_.find(event.encoder.entity()); found != names_.end()) names_.erase(found);
        }
    }
    under_way_.clear();
    keys_.clear();
    next_ = written_;
}

// The first events of the operation are in the log.
void Sequencer::index(const Operation& operation, std::size_t events, bool hidden) {
    if (events == 0) return;
    const Operation::Event& last = operation.events[events - 1];
    written_ = {last.receipt.global_sequence + 1, *last.stamp.time, *last.stamp.id, last.receipt.position.wall_ms,
                last.receipt.position.counter};
    if (index_failed_) return;
    try {
        entries_.reserve(entries_.size() + events);
    } catch (const std::bad_alloc&) {
        index_failed_ = true;
        return;
    }
    for (std::size_t i = 0; i < events; ++i) {
        const Operation::Event& event = operation.events[i];
        entries_.push_back({.global = static_cast<Global>(event.receipt.global_sequence),
                            .id = event.receipt.event_id,
                            .position = operation.log_receipts[i].position,
                            .hidden = hidden,
                            .entity = hidden ? std::string_view{} : event.encoder.entity(),
                            .scope = hidden ? std::string_view{} : event.encoder.scope(),
                            .kind = event.kind,
                            .sequence = event.receipt.sequence,
                            .previous = event.previous,
                            .key = event.options.idempotency_key,
                            .event_hash = event.receipt.event_hash});
    }
    // A batch that was cut in two is hidden for ever once a record lies behind it. Until then its rest, refused but
    // written, may turn up at the next start, and a checkpoint must not have said otherwise.
    if (!hidden) index_is_behind_ = true;
}

void Sequencer::tell_index() {
    if (!std::exchange(index_is_behind_, false) || index_failed_) return;
    try {
        index_.append(entries_);
        entries_.clear();
    } catch (const std::bad_alloc&) {
        index_failed_ = true;
    }
}

// What the index knows as well. Those with an event under way stay.
void Sequencer::forget_idle() {
    const Global end = index_.end();
    std::erase_if(names_, [&](const auto& entry) { return !entry.second.any || entry.second.end.head.last < end; });
}

void Sequencer::wait_for_room() {
    std::unique_lock lock{mutex_};
    ++waiters_;
    const std::uint64_t seen = settles_;
    settled_.wait(lock, [&] { return closed_ || unanswered_ == 0 || settles_ != seen; });
    --waiters_;
}

void Sequencer::close() {
    std::unique_lock lock{mutex_};
    closed_ = true;
    ++waiters_;
    settled_.notify_all();
    settled_.wait(lock, [this] { return unanswered_ == 0; });
    --waiters_;
}

}  // namespace station::ledger
