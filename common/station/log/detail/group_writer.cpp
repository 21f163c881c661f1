#include <algorithm>
#include <cstring>
#include <new>
#include <station/base/assertion.hpp>
#include <station/log/detail/group_writer.hpp>

namespace station::log {

GroupWriter::GroupWriter(TopicState& topic, const TopicVoice& voice, Admission& admission, WriterFiles& files,
                         Scheduler& scheduler, const BusConfig& config)
    : topic_(topic),
      voice_(voice),
      admission_(admission),
      files_(files),
      scheduler_(scheduler),
      config_(config),
      ids_(config.entropy) {}

void GroupWriter::open(const RecoveredTopic& recovered) {
    next_offset_ = recovered.next_offset;
    last_time_ = recovered.last_time;
    last_id_ = recovered.last_id;
    ids_.continue_after(recovered.last_id);
    next_index_at_ = files_.written_end();
    tell_if_ahead(now());
}

std::int64_t GroupWriter::now() const {
    if (config_.clock) return config_.clock();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

bool GroupWriter::run(Writer& writer) {
    STATION_ASSERT(admission_.holds_turn());
    const bool timer = admission_.take_sync_wanted();
    if (timer) timer_set_ = false;
    admission_.collect(backlog_);
    if (voice_.failed()) {
        const bool any = backlog();
        refuse_backlog(voice_.refusal());
        return any;
    }
    if (!backlog()) {
        if (!timer || files_.unsynced_events() == 0) return false;
        files_.sync();
        files_.rest();
        return true;
    }
    GroupBuffer buffer = scheduler_.take_buffer();
    Group group;
    std::error_code error;
    try {
        error = append(buffer, group, timer);
    } catch (const std::bad_alloc&) {
        error = std::make_error_code(std::errc::not_enough_memory);
    }
    scheduler_.give_back(std::move(buffer));
    tell_if_full(error);
    settle(group, error);
    // Behind the answers, so that publishers go on while those who read are woken.
    if (!error && group.events > 0) topic_.waiters.wake_all();
    arm_timer(writer);
    files_.rest();
    return true;
}

std::error_code GroupWriter::sync() {
    STATION_ASSERT(admission_.holds_turn());
    if (const auto error = voice_.refusal()) return error;
    const auto error = files_.sync_all();
    files_.rest();
    return error;
}

// Encodes what is waiting, as far as it fits, writes it and makes it as durable as was promised. After an error nothing
// of the group is in the log, and all is as it was.
std::error_code GroupWriter::append(GroupBuffer& buffer, Group& group, bool timer) {
    const std::int64_t time_before = last_time_;
    const EventId id_before = last_id_;
    const std::uint64_t index_before = next_index_at_;
    std::error_code error = std::make_error_code(std::errc::not_enough_memory);
    try {
        error = encode(buffer, group);
        if (!error && group.events > 0) {
            // Before the write, since nothing may fail behind it.
            files_.active().expect_in_index(group.index_points.size());
            error = files_.make_ready();
            if (!error) error = files_.write(buffer.bytes());
        }
    } catch (const std::bad_alloc&) {
        error = std::make_error_code(std::errc::not_enough_memory);
    }
    if (error) {
        last_time_ = time_before;
        last_id_ = id_before;
        next_index_at_ = std::min(index_before, next_index_at_);
        return error;
    }
    if (group.events == 0) return {};
    files_.wrote(group.events, group.bytes);
    topic_.counters.record_group(group.events);
    if (sync_is_due(timer)) {
        if (const auto failed = files_.sync()) return failed;
    }
    commit(group);
    return {};
}

bool GroupWriter::sync_is_due(bool timer) const {
    const auto mode = config_.durability.mode;
    return mode == Durability::Mode::always ||
           (mode == Durability::Mode::batch && (timer || files_.unsynced_events() >= config_.durability.events));
}

std::error_code GroupWriter::encode(GroupBuffer& buffer, Group& group) {
    const std::int64_t time = now();
    tell_if_ahead(time);
    const Message& first = backlog_.first->messages[backlog_.first->written];
    if (!files_.takes(record_size(first.payload.size(), first.headers.size()))) {
        if (const auto error = files_.rotate(next_offset_, time)) return error;
        next_index_at_ = 0;
    }
    if (files_.needs_header()) {
        const auto header = encode_segment_header(files_.active().header());
        std::memcpy(buffer.grow(header.size()), header.data(), header.size());
    }
    while (backlog()) {
        PublishRequest& request = *backlog_.first;
        encode_request(buffer, group, request, time);
        if (request.written < request.good) break;
        group.finished.push_back(backlog_.pop_front());
    }
    group.bytes = buffer.size;
    return {};
}

// Who stamps an event must meet what the log goes on with.
bool GroupWriter::in_order(const Stamp& stamp, std::uint64_t offset) const {
    return stamp.offset.value_or(offset) == offset && (!stamp.id || *stamp.id > last_id_) &&
           stamp.time.value_or(last_time_) >= last_time_;
}

void GroupWriter::encode_request(GroupBuffer& buffer, Group& group, PublishRequest& request, std::int64_t now) {
    while (request.written < request.good) {
        const Message& message = request.messages[request.written];
        const std::size_t size = record_size(message.payload.size(), message.headers.size());
        const std::uint64_t position = files_.written_end() + buffer.size;
        const bool room = position + size <= config_.segment_bytes && buffer.size + size <= config_.max_group;
        if (group.events > 0 && !room) return;
        const std::uint64_t offset = next_offset_ + group.events;
        if (message.stamp != nullptr && !in_order(*message.stamp, offset)) {
            request.refused = Errc::out_of_order;
            request.good = request.written;
            return;
        }
        std::byte* const place = buffer.grow(size);
        Record record{{}, std::max(last_time_, now), offset, kUnsyncedUnknown, message.payload, message.headers};
        if (message.stamp != nullptr && message.stamp->time) record.time = *message.stamp->time;
        const bool own_id = message.stamp == nullptr || !message.stamp->id;
        record.id = own_id ? ids_.next(record.time) : *message.stamp->id;
        if (!own_id) ids_.continue_after(record.id);
        const std::uint64_t unsynced = position - files_.synced_end();
        if (unsynced < kUnsyncedUnknown) record.unsynced = static_cast<std::uint32_t>(unsynced);
        if (position >= next_index_at_) {
            group.index_points.push_back({position, record});
            next_index_at_ = position + config_.index_stride;
        }
        encode_record(record, place);
        if (request.receipts != nullptr) {
            request.receipts[request.written] = {offset, record.id, record.time, static_cast<std::uint32_t>(position)};
        }
        last_time_ = record.time;
        last_id_ = record.id;
        ++request.written;
        ++group.events;
        group.last = record;
    }
}

void GroupWriter::commit(const Group& group) {
    Segment& active = files_.active();
    for (const IndexPoint& point : group.index_points) {
        active.add_to_index(point.position, point.record, config_.index_stride);
    }
    STATION_ASSERT(group.last.offset + 1 == next_offset_ + group.events);
    active.advance(files_.written_end(), group.last);
    next_offset_ += group.events;
    topic_.advance(next_offset_);
    topic_.counters.events.fetch_add(group.events, std::memory_order_relaxed);
    topic_.counters.bytes.fetch_add(group.bytes, std::memory_order_relaxed);
    acknowledge(group);
}

// What of each request is in the log now.
void GroupWriter::acknowledge(const Group& group) {
    for (PublishRequest* request = group.finished.first; request != nullptr; request = request->next) {
        request->acknowledged = request->written;
    }
    if (backlog()) backlog_.first->acknowledged = backlog_.first->written;
}

// Answers what is decided. Where nothing could be written, that is everything that waits; where a group failed, those
// that had a part in it.
void GroupWriter::settle(Group& group, std::error_code error) {
    if (const auto final = voice_.refusal()) error = final;
    complete(group.finished, error);
    if (!error) return;
    if (group.events == 0) return refuse_backlog(error);
    if (backlog() && backlog_.first->written > backlog_.first->acknowledged) {
        RequestList half;
        half.push_back(backlog_.pop_front());
        complete(half, error);
    }
}

void GroupWriter::complete(RequestList& requests, std::error_code error) {
    std::size_t events = 0;
    std::uint64_t refused = 0;
    for (const PublishRequest* request = requests.first; request != nullptr; request = request->next) {
        events += request->messages.size();
        STATION_ASSERT(request->acknowledged <= request->messages.size());
        if (request->acknowledged < request->messages.size()) ++refused;
    }
    topic_.counters.rejected.fetch_add(refused, std::memory_order_relaxed);
    admission_.leave(events);
    while (!requests.empty()) {
        PublishRequest& request = requests.pop_front();
        const bool whole = request.acknowledged == request.messages.size();
        request.done(request, whole ? std::error_code{} : error ? error : request.refused);
    }
}

void GroupWriter::refuse_backlog(std::error_code error) {
    if (const auto final = voice_.refusal()) error = final;
    RequestList refused = std::exchange(backlog_, {});
    complete(refused, error);
}

void GroupWriter::arm_timer(Writer& writer) {
    if (config_.durability.mode != Durability::Mode::batch || files_.unsynced_events() == 0 || timer_set_) return;
    try {
        scheduler_.sync_at(Scheduler::Clock::now() + config_.durability.millis, writer);
        timer_set_ = true;
    } catch (const std::bad_alloc&) {
        files_.sync();  // early is within the promise, too
    }
}

// Once when it fills up, and once when there is room again; no oftener than every minute, since a disk that is nearly
// full refuses large groups and takes small ones by turns.
void GroupWriter::tell_if_full(std::error_code error) {
    const bool full = error == Errc::disk_full;
    const auto now = Scheduler::Clock::now();
    if (full == told_full_ || (full && now < tell_full_again_)) return;
    told_full_ = full;
    if (!full) tell_full_again_ = now + std::chrono::minutes{1};
    voice_.say(full ? Severity::error : Severity::info,
               full ? "the disk is full: publishes are refused until there is room" : "the disk has room again");
}

// A clock that was ahead once holds the topic's time there until it has caught up.
void GroupWriter::tell_if_ahead(std::int64_t now) {
    constexpr std::int64_t kMinute = 60'000'000'000;
    if (last_time_ <= now || last_time_ - now < kMinute || now < tell_ahead_again_) return;
    tell_ahead_again_ = now + 60 * kMinute;
    try {
        voice_.say(Severity::warning, "the last event's time is " + std::to_string((last_time_ - now) / 1'000'000'000) +
                                          " s ahead of the clock; events get that time until the clock has passed it");
    } catch (const std::bad_alloc&) {
        return;
    }
}

}  // namespace station::log
