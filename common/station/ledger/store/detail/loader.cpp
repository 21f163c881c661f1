#include <algorithm>
#include <station/ledger/store/detail/loader.hpp>
#include <station/log/layout.hpp>
#include <unordered_map>

namespace station::ledger {
namespace {

std::string at_offset(std::uint64_t offset) { return "offset " + std::to_string(offset); }

}  // namespace

bool Loader::agrees(const PartEnd& end) {
    if (end.last >= topic_.next_offset()) return false;
    log::RecordReader reader{topic_};
    const auto record = reader.read(end.last, end.position);
    if (!record || record->id != end.id) return false;
    const auto event = decode_event(record->payload);
    return event && event->event_hash == end.event_hash;
}

std::optional<Error> Loader::compare() {
    for (const PartEnd& end : index_.ends()) {
        if (agrees(end)) continue;
        index_.drop_from(end.last);
        break;
    }
    return std::nullopt;
}

// The record before tells the time and the place to go on with.
std::optional<Error> Loader::begin() {
    const std::uint64_t from = index_.end();
    end_.offset = from;
    position_ = log::kSegmentHeaderSize;
    if (from > 0) {
        const auto last = static_cast<Global>(from - 1);
        log::RecordReader reader{topic_};
        const auto record = reader.read(last, index_.position(last));
        if (!record) return Error{record.error(), at_offset(last)};
        const auto event = decode_event(record->payload);
        if (!event) return Error{event.error(), at_offset(last)};
        end_ = {from, record->time, record->id, event->header.position.wall_ms, event->header.position.counter};
        position_ = index_.position(last) + record->size();
    }
    cursor_.emplace(topic_.subscribe(log::StartFrom::offset(from)));
    return std::nullopt;
}

std::optional<Error> Loader::catch_up(bool whole) {
    if (damaged_at_) return std::nullopt;
    if (!cursor_) {
        if (auto error = begin()) return error;
    }
    bases_ = topic_.segment_bases();
    for (;;) {
        const auto batch = cursor_->poll();
        if (!batch) {
            const std::error_code error = batch.error();
            if (error == log::Errc::damaged) {
                damaged_at_ = end_.offset;
                break;
            }
            if (error != log::Errc::closed && error != log::Errc::topic_failed)
                return Error{error, at_offset(end_.offset)};
            break;
        }
        if (batch->empty()) break;
        if (batch->back().offset >= bases_.back()) bases_ = topic_.segment_bases();
        for (const log::EventView& record : *batch) {
            if (auto error = take(record)) return error;
        }
    }
    if (whole && !damaged_at_) close_batch(true);
    return std::nullopt;
}

std::optional<Error> Loader::take(const log::EventView& record) {
    if (std::binary_search(bases_.begin(), bases_.end(), record.offset)) position_ = log::kSegmentHeaderSize;
    const auto event = decode_event(record.payload);
    if (!event || event->header.event_id != record.id || !record.headers.empty()) {
        return Error{Errc::not_an_event, at_offset(record.offset)};
    }
    IndexEntry entry{.global = static_cast<Global>(record.offset),
                     .id = record.id,
                     .position = static_cast<std::uint32_t>(position_),
                     .entity = event->entity,
                     .scope = event->scope,
                     .kind = event->header.event_kind,
                     .sequence = event->header.position.sequence,
                     .key = event->idempotency_key,
                     .event_hash = event->event_hash};
    position_ += record.size();
    end_ = {record.offset + 1, record.time, record.id, event->header.position.wall_ms, event->header.position.counter};
    const bool goes_on = !batch_.empty() && event->batch == batch_.front().batch;
    if (!batch_.empty() && !goes_on) close_batch(true);
    if (!event->batch) {
        add(entry);
        return std::nullopt;
    }
    batch_.push_back({entry, std::string{event->entity}, std::string{event->scope}, *event->batch});
    if (batch_.front().entry.global != event->batch->first) {
        close_batch(true);
    } else if (batch_.size() == event->batch->count) {
        close_batch(false);
    }
    return std::nullopt;
}

void Loader::add(IndexEntry entry) {
    // What was added before it has to be there, since it may be the event before this one in its entity.
    if (!entry.hidden) {
        if (const auto head = index_.entity(entry.entity)) entry.previous = head->last;
    }
    index_.append({&entry, 1});
}

// All of it, or none of it, shows.
void Loader::close_batch(bool hidden) {
    std::unordered_map<std::string_view, Global> last;
    std::vector<IndexEntry> entries;
    entries.reserve(batch_.size());
    for (Entry& held : batch_) {
        held.entry.entity = held.entity;
        held.entry.scope = held.scope;
        held.entry.hidden = hidden;
        if (!hidden) {
            if (const auto found = last.find(held.entity); found != last.end()) {
                held.entry.previous = found->second;
            } else if (const auto head = index_.entity(held.entity)) {
                held.entry.previous = head->last;
            }
            last[held.entity] = held.entry.global;
        }
        entries.push_back(held.entry);
    }
    index_.append(entries);
    batch_.clear();
}

}  // namespace station::ledger
