#include <algorithm>
#include <chrono>
#include <new>
#include <station/base/one_shot.hpp>
#include <station/ledger/store/detail/core.hpp>
#include <station/ledger/store/event_list.hpp>
#include <station/ledger/store/projection_cache.hpp>
#include <station/log/layout.hpp>

namespace station::ledger {
namespace {

std::int64_t system_clock_nanos() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

Index::Config Core::index_config(const StoreConfig& config, const log::Topic& topic) {
    Index::Config index;
    index.disk = config.disk != nullptr ? config.disk : &log::posix_disk();
    if (!config.dir.empty()) index.folder = config.dir / log::kTopicsFolder / topic.name() / kIndexFolder;
    index.read_only = config.read_only;
    if (config.logger) {
        index.warn = [logger = config.logger](std::string_view text) { logger(log::Severity::warning, text); };
    }
    return index;
}

Core::Core(StoreConfig config, std::optional<log::Bus> bus, const log::Topic& topic)
    : config_(std::move(config)),
      bus_(std::move(bus)),
      topic_(topic),
      index_(index_config(config_, topic_)),
      loader_(topic_, index_) {
    if (!config_.keys_file.empty()) {
        keys_ = std::make_unique<EntityKeys>(config_.keys_file, config_.read_only);
    } else if (!config_.dir.empty() && config_.disk == nullptr) {
        keys_ = std::make_unique<EntityKeys>(config_.dir / log::kTopicsFolder / topic_.name() / kKeysFile,
                                             config_.read_only);
    }
}

Core::~Core() { close(); }

std::optional<Error> Core::open() {
    const std::lock_guard lock{loading_};
    if (topic_.condition() == log::Condition::unreadable) return Error{topic_.problem().code, topic_.problem().where};
    if (const auto error = index_.load()) warn("the index can't be read: " + error.message());
    if (auto error = loader_.compare()) return error;
    if (auto error = loader_.catch_up(!config_.read_only)) return error;
    if (config_.read_only || topic_.condition() != log::Condition::open) return std::nullopt;
    auto claimed = topic_.claim();
    if (!claimed) return Error{claimed.error(), topic_.name()};
    Sequencer::Config sequencing;
    sequencing.clock = config_.clock ? config_.clock : system_clock_nanos;
    sequencing.entropy = config_.entropy;
    sequencing.capacity = config_.queue_capacity;
    sequencing.max_payload = topic_.max_payload();
    sequencing.durability = topic_.durability().mode;
    sequencing.acknowledged = [this](const Operation& operation) { acknowledged(operation); };
    sequencer_ = std::make_unique<Sequencer>(std::move(*claimed), index_, loader_.end(), std::move(sequencing));
    if (auto error = finish_forgetting()) return error;
    return detail::destroy_with_entities(*this);
}

void Core::warn(std::string_view text) const {
    if (config_.logger) config_.logger(log::Severity::warning, topic_.name() + ": " + std::string{text});
}

struct Core::Waiting : Operation {
    explicit Waiting(std::span<const NewEvent> given) : Operation(given) {
        finished = [](Operation& self, std::optional<Error> why) noexcept {
            static_cast<Waiting&>(self).error = std::move(why);
            static_cast<Waiting&>(self).answered.set();
        };
    }

    base::OneShot answered;
    std::optional<Error> error;
};

std::optional<Error> Core::wait_for(Waiting& waiting) {
    start(waiting, true);
    lead();
    waiting.answered.wait();
    if (!waiting.error) checkpoint(false);
    return std::move(waiting.error);
}

Result<std::vector<AppendReceipt>> Core::append_and_wait(std::span<const NewEvent> events) {
    Waiting waiting{events};
    if (auto error = wait_for(waiting)) return tl::unexpected(std::move(*error));
    return receipts_of(waiting);
}

Result<AppendReceipt> Core::append_and_wait(const NewEvent& event) {
    Waiting waiting{{&event, 1}};
    if (auto error = wait_for(waiting)) return tl::unexpected(std::move(*error));
    return receipt_of(waiting);
}

Result<AppendReceipt> Core::receipt_of(const Operation& operation) const {
    if (operation.duplicates.empty()) return signed_receipt(operation.events.front().receipt);
    auto receipts = duplicates_of(operation);
    if (!receipts) return tl::unexpected(std::move(receipts.error()));
    return receipts->front();
}

Result<std::vector<AppendReceipt>> Core::receipts_of(const Operation& operation) const {
    if (!operation.duplicates.empty()) return duplicates_of(operation);
    std::vector<AppendReceipt> receipts;
    receipts.reserve(operation.events.size());
    for (const Operation::Event& event : operation.events) receipts.push_back(signed_receipt(event.receipt));
    return receipts;
}

void Core::start(Operation& operation, bool may_wait) {
    auto refuse = [&](Error error) { operation.finished(operation, std::move(error)); };
    if (closed_.load()) return refuse({Errc::closed});
    if (sequencer_ == nullptr) {
        if (config_.read_only) return refuse({Errc::read_only});
        return refuse({topic_.condition() == log::Condition::closed ? make_error_code(Errc::closed)
                                                                    : make_error_code(log::Errc::topic_damaged)});
    }
    for (;;) {
        switch (sequencer_->offer(operation)) {
            case Sequencer::Verdict::taken: return;
            case Sequencer::Verdict::refused: return refuse(*operation.refused_with);
            case Sequencer::Verdict::duplicate: return operation.finished(operation, std::nullopt);
            case Sequencer::Verdict::look_up:
                if (auto error = look_up(operation)) return refuse(std::move(*error));
                break;
            case Sequencer::Verdict::no_room:
                if (!may_wait) return refuse({log::Errc::queue_full});
                sequencer_->lead();
                sequencer_->wait_for_room();
        }
    }
}

std::optional<Error> Core::look_up(Operation& operation) {
    for (const std::string& entity : operation.wanted_ends) {
        const auto head = index_.entity(entity);
        if (!head) continue;
        auto end = chain_end(*head);
        if (!end) return std::move(end.error());
        operation.known_ends.insert_or_assign(entity, std::move(*end));
    }
    for (const auto& [global, key] : operation.wanted_keys) {
        const auto event = read(global);
        if (!event) return event.error();
        operation.known_keys.insert_or_assign({global, key}, (*event)->idempotency_key == key);
    }
    return seal(operation);
}

void Core::acknowledged(const Operation& operation) {
    const base::Lock lock{listeners_mutex_};
    for (Listener* const listener : listeners_) listener->acknowledged(operation);
}

void Core::listen(Listener& listener) {
    const base::Lock lock{listeners_mutex_};
    listeners_.push_back(&listener);
    if (all_acknowledged_) listener.closed();
}

void Core::stop_listening(Listener& listener) {
    const base::Lock lock{listeners_mutex_};
    std::erase(listeners_, &listener);
}

Result<Global> Core::end() {
    if (config_.read_only) {
        const std::lock_guard lock{loading_};
        if (auto error = loader_.catch_up(false)) return tl::unexpected(std::move(*error));
    }
    return index_.end();
}

Result<StoredEvent> Core::read(Global global) const {
    log::RecordReader reader{topic_};
    return read(reader, place(global), 0);
}

Core::Place Core::place(Global global) const {
    const auto [position, next] = index_.positions(global);
    return {global, position, next > position ? next - position : 0};
}

Result<StoredEvent> Core::read(log::RecordReader& reader, const Place& place, std::size_t ahead) const {
    const auto record = reader.read(place.global, place.position, place.size, ahead);
    const auto where = [&] { return "offset " + std::to_string(place.global); };
    if (!record) {
        const bool damaged = record.error() == log::Errc::damaged;
        return failed(damaged ? make_error_code(Errc::damaged) : record.error(), where());
    }
    const auto event = decode_event(record->payload);
    if (!event) return failed(event.error(), where());
    return StoredEvent{reader.memory(), *event, place.global, record->time};
}

std::optional<Error> Core::damage() const {
    const std::lock_guard lock{loading_};
    if (!loader_.damaged_at()) return std::nullopt;
    return Error{Errc::damaged, "offset " + std::to_string(*loader_.damaged_at())};
}

Result<std::vector<Global>> Core::select(const Region& region, Global from, std::size_t limit) {
    const auto last = end();
    if (!last) return tl::unexpected(last.error());
    if (auto error = damage()) return tl::unexpected(std::move(*error));
    return select_before(region, from, *last, limit);
}

Result<std::vector<Global>> Core::select_before(const Region& region, Global from, Global end,
                                                std::size_t limit) const {
    if (!region.sequences) return index_.select(region, from, end, limit);
    // Sequences are in the records only.
    std::vector<Global> found;
    for (const Global global : index_.select(region, from, end, static_cast<std::size_t>(-1))) {
        if (found.size() >= limit) break;
        const auto event = read(global);
        if (!event) return tl::unexpected(event.error());
        const EventView& view = **event;
        if (region.holds(view.entity, view.scope, view.header.event_kind, view.header.position.sequence)) {
            found.push_back(global);
        }
    }
    return found;
}

Result<Global> Core::find(const EventId& id) {
    const auto event = get(id);
    if (!event) return tl::unexpected(event.error());
    return static_cast<Global>(event->global_sequence());
}

namespace {

// Ids of one millisecond are numbered: the number's lower 14 bits, which the index does not know.
std::int64_t number_in_id(const EventId& id) {
    return std::to_integer<std::int64_t>(id.bytes()[8] & std::byte{0x3F}) << 8 |
           std::to_integer<std::int64_t>(id.bytes()[9]);
}

}  // namespace

// Ids ascend with global sequences: among those that begin alike it is found by halving. Before that two guesses are
// made from the numbers in the ids: what the index thinks, and, where it does not know them all, what the event there
// says.
Result<StoredEvent> Core::get(const EventId& id) {
    constexpr int kGuesses = 2;
    const auto last = end();
    if (!last) return tl::unexpected(last.error());
    auto [from, to, likely] = index_.find_id(id);
    to = std::min(to, *last);
    log::RecordReader reader{topic_};
    std::int64_t guess = likely;
    for (int looks = 0; from < to; ++looks) {
        if (looks >= kGuesses) guess = from + (to - from) / 2;
        const auto at = static_cast<Global>(std::clamp<std::int64_t>(guess, from, to - 1));
        auto event = read(reader, place(at), 0);
        if (!event && event.error().code == Errc::damaged) return get_beside_damage(reader, id, from, to);
        if (!event) return event;
        const EventId& found = (*event)->header.event_id;
        if (found == id) {
            if (index_.hidden(at)) break;
            return event;
        }
        guess = at + number_in_id(id) - number_in_id(found);
        if (found < id) {
            from = at + 1;
        } else {
            to = at;
        }
    }
    if (auto error = damage()) return tl::unexpected(std::move(*error));
    return failed(Errc::not_found, "event " + id.to_text());
}

// One that can't be read does not say on which side of it the id lies.
Result<StoredEvent> Core::get_beside_damage(log::RecordReader& reader, const EventId& id, Global from,
                                            Global to) const {
    Error damage{Errc::damaged};
    for (Global at = from; at < to; ++at) {
        auto event = read(reader, place(at), 0);
        if (!event) {
            damage = std::move(event.error());
        } else if ((*event)->header.event_id == id) {
            if (index_.hidden(at)) return failed(Errc::not_found, "event " + id.to_text());
            return event;
        }
    }
    return tl::unexpected(std::move(damage));
}

AppendReceipt Core::receipt_of(const StoredEvent& event) const {
    return signed_receipt({event->header.event_id,
                           event->header.position.sequence,
                           event.global_sequence(),
                           event->header.position,
                           event->event_hash,
                           topic_.durability().mode,
                           true,
                           {},
                           event.time()});
}

AppendReceipt Core::signed_receipt(AppendReceipt receipt) const {
    // A signature says that the event is there to stay.
    if (config_.signing_key && receipt.durability == log::Durability::Mode::always) {
        receipt.signature =
            config_.signing_key->sign(receipt_text(receipt.event_id, receipt.global_sequence, receipt.event_hash));
    }
    return receipt;
}

// A batch whose keys are all known from one batch gets that one's receipts; a single event its own.
Result<std::vector<AppendReceipt>> Core::duplicates_of(const Operation& operation) const {
    std::vector<AppendReceipt> receipts;
    std::optional<BatchMark> batch;
    std::size_t seen = 0;
    for (const Operation::Event& event : operation.events) {
        if (!event.options.idempotency_key) continue;
        const auto first = read(operation.duplicates[seen]);
        if (!first) return tl::unexpected(first.error());
        const std::string where = "entity " + std::string{event.encoder.entity()};
        if ((*first)->entity != event.encoder.entity() || (*first)->scope != event.encoder.scope()) {
            return failed(Errc::key_reused, where);
        }
        if (seen > 0 && (!batch || (*first)->batch != batch)) return failed(Errc::key_reused, where);
        batch = (*first)->batch;
        receipts.push_back(receipt_of(*first));
        ++seen;
    }
    if (operation.events.size() == 1 || !batch) return receipts;
    receipts.clear();
    for (std::uint64_t global = batch->first; global < batch->first + batch->count; ++global) {
        const auto event = read(static_cast<Global>(global));
        if (!event) return tl::unexpected(event.error());
        receipts.push_back(receipt_of(*event));
    }
    return receipts;
}

std::optional<Error> Core::checkpoint(bool now) {
    const bool due = config_.checkpoint_every > 0 && index_.in_memory() >= config_.checkpoint_every;
    if (config_.read_only || (!due && !now)) return std::nullopt;
    std::unique_lock lock{checkpointing_, std::defer_lock};
    if (now) {
        lock.lock();
    } else if (!lock.try_lock()) {
        return std::nullopt;  // somebody is at it: what came since waits for the next one
    }
    // Behind close() the folder may be another process's.
    if (closed_.load()) return Error{Errc::closed};
    return write_checkpoint();
}

std::optional<Error> Core::write_checkpoint() {
    const auto error = index_.checkpoint();
    if (!error) return std::nullopt;
    warn("no checkpoint of the index: " + error.message());
    return Error{error, "index"};
}

std::optional<Error> Core::close() {
    if (closed_.exchange(true)) return std::nullopt;
    std::optional<Error> first;
    if (sequencer_ != nullptr) {
        sequencer_->close();
        const std::lock_guard last_one{checkpointing_};
        if (index_.in_memory() > 0) first = write_checkpoint();
    }
    {
        const base::Lock lock{listeners_mutex_};
        all_acknowledged_ = true;
        for (Listener* const listener : listeners_) listener->closed();
    }
    if (bus_) {
        if (const auto error = bus_->shutdown()) first = Error{error, config_.dir.string()};
    }
    return first;
}

}  // namespace station::ledger
