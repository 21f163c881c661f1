#include <station/log/detail/topic_entry.hpp>
#include <station/log/topic.hpp>

#include <station/log/detail/cursor_impl.hpp>

namespace station::log {

const std::string& Topic::name() const { return entry_->state.name; }
std::uint32_t Topic::stream() const { return entry_->state.stream; }

std::uint64_t Topic::first_offset() const {
    const auto first = entry_->state.segments.first();
    return first ? first->base_offset() : next_offset();
}

std::uint64_t Topic::next_offset() const { return entry_->state.next_offset.load(std::memory_order_acquire); }
Condition Topic::condition() const { return entry_->state.condition.load(std::memory_order_acquire); }
const RecoveryReport& Topic::recovery() const { return entry_->state.report; }
const Error& Topic::problem() const { return entry_->state.problem; }

TopicStats Topic::stats() const {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    const TopicCounters& counters = entry_->state.counters;
    TopicStats stats;
    stats.events = counters.events.load(kRelaxed);
    stats.bytes = counters.bytes.load(kRelaxed);
    stats.groups = counters.groups.load(kRelaxed);
    for (std::size_t i = 0; i < stats.group_buckets.size(); ++i) {
        stats.group_buckets[i] = counters.group_buckets[i].load(kRelaxed);
    }
    stats.syncs = counters.syncs.load(kRelaxed);
    stats.synced_events = counters.synced_events.load(kRelaxed);
    stats.sync_nanos = counters.sync_nanos.load(kRelaxed);
    for (std::size_t i = 0; i < stats.sync_buckets.size(); ++i) {
        stats.sync_buckets[i] = counters.sync_buckets[i].load(kRelaxed);
    }
    stats.rejected = counters.rejected.load(kRelaxed);
    stats.rotations = counters.rotations.load(kRelaxed);
    stats.put_off = counters.put_off.load(kRelaxed);
    stats.retired_segments = counters.retired_segments.load(kRelaxed);
    stats.retired_events = counters.retired_events.load(kRelaxed);
    stats.retired_bytes = counters.retired_bytes.load(kRelaxed);
    stats.queued = entry_->writer ? entry_->writer->queued() : 0;
    stats.read_errors = counters.read_errors.load(kRelaxed);
    stats.cursors = counters.cursors.load(kRelaxed);
    const auto segments = entry_->state.segments.all();
    stats.segments = segments.size();
    for (const auto& segment : segments) stats.disk_bytes += segment->end();
    return stats;
}

const Durability& Topic::durability() const { return entry_->config.durability; }
std::size_t Topic::max_payload() const { return entry_->config.max_payload; }
bool Topic::is_ledger() const { return entry_->state.ledger.load(std::memory_order_acquire); }

Retention Topic::retention() const { return entry_->state.retention(); }

std::error_code Topic::retain(const Retention& retention) {
    if (is_ledger()) return Errc::ledger_topic;
    if (entry_->retaining == nullptr || condition() == Condition::deleted) return refusal();
    return entry_->retaining->set(retention);
}

std::vector<std::uint64_t> Topic::segment_bases() const {
    std::vector<std::uint64_t> bases;
    for (const auto& segment : entry_->state.segments.all()) bases.push_back(segment->base_offset());
    return bases;
}

tl::expected<Topic, std::error_code> Topic::claim() {
    if (entry_->writer == nullptr) return tl::unexpected(refusal());
    if (!is_ledger()) {
        if (const auto error = entry_->mark_ledger()) return tl::unexpected(error);
        entry_->state.ledger.store(true, std::memory_order_release);
        entry_->state.set_retention({});  // as it was recorded
    }
    Topic claimed = *this;
    claimed.claimed_ = true;
    return claimed;
}

tl::expected<Receipt, std::error_code> Topic::publish(Bytes payload, Bytes headers, OnFull on_full) {
    const Message message{payload, headers};
    Receipt receipt;
    PublishRequest request;
    request.messages = {&message, 1};
    request.receipts = &receipt;
    if (refuses()) return tl::unexpected(refusal());
    if (const auto error = entry_->writer->publish(request, on_full)) return tl::unexpected(error);
    return receipt;
}

tl::expected<std::vector<Receipt>, std::error_code> Topic::publish_batch(std::span<const Message> messages,
                                                                         OnFull on_full) {
    std::vector<Receipt> receipts;
    if (const auto error = publish_batch(messages, receipts, on_full)) return tl::unexpected(error);
    return receipts;
}

std::error_code Topic::publish_batch(std::span<const Message> messages, std::vector<Receipt>& stored, OnFull on_full) {
    stored.clear();
    if (messages.empty()) return {};
    stored.resize(messages.size());
    PublishRequest request;
    request.messages = messages;
    request.receipts = stored.data();
    const auto error = refuses() ? refusal() : entry_->writer->publish(request, on_full);
    stored.resize(request.acknowledged);
    return error;
}

bool Topic::refuses() const { return entry_->writer == nullptr || (is_ledger() && !claimed_); }

std::error_code Topic::refusal() const {
    if (condition() == Condition::deleted) return Errc::topic_deleted;
    if (entry_->writer != nullptr) return Errc::ledger_topic;
    switch (condition()) {
        case Condition::unreadable: return Errc::topic_failed;
        case Condition::closed: return Errc::closed;
        default: return entry_->state.report.damage.empty() ? Errc::read_only : Errc::topic_damaged;
    }
}

std::error_code Topic::hand_in(PublishRequest& request) {
    if (refuses()) return refusal();
    if (!request.messages.empty()) return entry_->writer->submit(request);
    request.acknowledged = 0;
    request.done(request, {});
    return {};
}

std::error_code Topic::submit(PublishRequest& request) {
    const bool any = !request.messages.empty();  // afterwards it may be gone
    const auto error = hand_in(request);
    if (!error && any) entry_->writer->write_soon();
    return error;
}

std::error_code Topic::sync() {
    if (entry_->writer == nullptr) return refusal();
    return entry_->writer->sync();
}

void Topic::write_soon() {
    if (entry_->writer != nullptr) entry_->writer->write_soon();
}

void Topic::lead() {
    if (entry_->writer != nullptr) entry_->writer->lead();
}

Cursor Topic::subscribe(const StartFrom& from) { return Cursor{std::make_shared<Cursor::Impl>(entry_, from, true)}; }

Cursor Topic::subscribe_unlocated(const StartFrom& from) {
    return Cursor{std::make_shared<Cursor::Impl>(entry_, from, false)};
}

}  // namespace station::log
