#include <algorithm>
#include <new>
#include <station/log/parking.hpp>
#include <station/log/writer.hpp>

namespace station::log {
namespace {

struct WaitingPublish {
    OneShot done;
    std::error_code error;
};

}  // namespace

void RequestList::push_back(PublishRequest& request) {
    request.next = nullptr;
    (last != nullptr ? last->next : first) = &request;
    last = &request;
}

PublishRequest& RequestList::pop_front() {
    PublishRequest& request = *first;
    first = request.next;
    if (first == nullptr) last = nullptr;
    return request;
}

Writer::Writer(TopicState& topic, Scheduler& scheduler, const BusConfig& config, Disk& disk)
    : topic_(topic), scheduler_(scheduler), config_(config), disk_(disk), ids_(config.entropy) {}

Writer::~Writer() {
    std::unique_lock lock{background_mutex_};
    background_done_.wait(lock, [this] { return sealing_ == 0 && !preparing_now_; });
}

std::error_code Writer::check(const PublishRequest& request) const {
    switch (topic_.condition.load(std::memory_order_acquire)) {
        case Condition::open:
            break;
        case Condition::read_only:
            return topic_.report.damage.empty() ? Errc::read_only : Errc::topic_damaged;
        case Condition::failed:
            return Errc::topic_failed;
        case Condition::closed:
            return Errc::closed;
    }
    for (const Message& message : request.messages) {
        if (message.payload.size() > config_.max_payload) return Errc::payload_too_large;
        if (message.headers.size() > config_.max_headers) return Errc::headers_too_large;
        if (!message.headers.empty() && !decode_headers(message.headers)) return Errc::bad_headers;
    }
    return {};
}

std::error_code Writer::enqueue(PublishRequest& request) {
    const std::size_t events = request.messages.size();
    // The place is taken before the request goes in, so that the bound holds however many producers race. A request
    // may be larger than what is left, so that one larger than the whole queue can ever get in.
    if (queued_.fetch_add(events) >= config_.queue_capacity) {
        leave_queue(events);
        return Errc::queue_full;
    }
    // Sequentially consistent, as in close(): either the close is seen here, or close() sees the place taken.
    if (closed_.load()) {
        leave_queue(events);
        return Errc::closed;
    }
    request.written = 0;
    request.next = incoming_.load(std::memory_order_relaxed);
    while (!incoming_.compare_exchange_weak(request.next, &request)) {
    }
    return {};
}

void Writer::leave_queue(std::size_t events) {
    // Sequentially consistent: either the waiter is seen here, or it sees the room. A place that was only tried for
    // counts, too: somebody may have looked while it was taken.
    queued_.fetch_sub(events);
    if (room_waiters_.load() > 0) wake_room_waiters();
}

void Writer::wake_room_waiters() {
    const std::lock_guard lock{room_mutex_};
    room_.notify_all();
}

std::error_code Writer::take(PublishRequest& request) {
    auto error = check(request);
    if (!error) error = enqueue(request);
    if (error) topic_.counters.rejected.fetch_add(1, std::memory_order_relaxed);
    return error;
}

std::error_code Writer::submit(PublishRequest& request) {
    if (const auto error = take(request)) return error;
    if (take_turn()) scheduler_.run_soon(*this);
    return {};
}

std::error_code Writer::submit_and_lead(PublishRequest& request) {
    if (const auto error = take(request)) return error;
    lead();
    return {};
}

// LevelDB's writers lead their groups in the same way.
void Writer::lead() {
    if (!take_turn()) return;
    run_group();
    end_turn();
}

std::error_code Writer::publish(PublishRequest& request, OnFull on_full) {
    struct Waiting : PublishRequest {
        WaitingPublish state;
    } waiting;
    waiting.messages = request.messages;
    waiting.receipts = request.receipts;
    waiting.done = [](PublishRequest& self, std::error_code error) noexcept {
        auto& state = static_cast<Waiting&>(self).state;
        state.error = error;
        state.done.set();
    };
    auto error = check(request);
    while (!error) {
        error = enqueue(waiting);
        if (error != Errc::queue_full || on_full == OnFull::fail) break;
        wait_for_room();
        error = check(request);
    }
    if (error) {
        topic_.counters.rejected.fetch_add(1, std::memory_order_relaxed);
        return error;
    }
    lead();
    waiting.state.done.wait();
    return waiting.state.error;
}

void Writer::wait_for_room() {
    room_waiters_.fetch_add(1);
    {
        std::unique_lock lock{room_mutex_};
        room_.wait(lock, [this] { return queued_.load() < config_.queue_capacity || closed_.load(); });
    }
    room_waiters_.fetch_sub(1);
}

void Writer::end_turn() {
    if (has_work() || !backlog_.empty()) {
        scheduler_.run_soon(*this);
        return;
    }
    busy_.store(false);
    // What came in after the look above found the turn taken, and counts on this one.
    if (has_work() && take_turn()) {
        scheduler_.run_soon(*this);
    } else if (closed_.load()) {
        wake_room_waiters();
    }
}

void Writer::run() {
    constexpr int kGroupsPerTurn = 16;  // then another topic may have the thread
    for (int i = 0; i < kGroupsPerTurn && run_group(); ++i) {
    }
    end_turn();
}

void Writer::sync_due() {
    sync_wanted_.store(true);
    if (take_turn()) scheduler_.run_soon(*this);
}

void Writer::collect() {
    PublishRequest* newest = incoming_.exchange(nullptr);
    PublishRequest* oldest = nullptr;
    while (newest != nullptr) {
        PublishRequest* const before = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = before;
    }
    while (oldest != nullptr) {
        PublishRequest* const after = oldest->next;
        backlog_.push_back(*oldest);
        oldest = after;
    }
}

bool Writer::run_group() {
    const bool timer = sync_wanted_.exchange(false);
    if (timer) timer_set_ = false;
    collect();
    if (topic_.condition.load() == Condition::failed) {
        const bool any = !backlog_.empty();
        refuse_backlog(Errc::topic_failed);
        return any;
    }
    if (backlog_.empty()) {
        if (!timer || unsynced_events_ == 0) return false;
        if (const auto error = sync()) fail(error, "a sync failed");
        return true;
    }
    GroupBuffer buffer = scheduler_.take_buffer();
    Group group;
    std::error_code error;
    try {
        error = append(buffer, group, timer);
    } catch (const std::bad_alloc&) {
        // How far it came is not known: as after a failed write, a restart reads what is there.
        error = std::make_error_code(std::errc::not_enough_memory);
        fail(error, "a group could not be written");
    }
    scheduler_.give_back(std::move(buffer));
    if (group.events == 0) {
        refuse_backlog(error);
        return true;
    }
    if (topic_.condition.load() == Condition::failed) error = Errc::topic_failed;
    complete(group.finished, error);
    if (error && !backlog_.empty() && backlog_.first->written > 0) {
        RequestList half;
        half.push_back(backlog_.pop_front());
        complete(half, error);
    }
    arm_timer();
    return true;
}

// Encodes what is waiting, as far as it fits, writes it and makes it as durable as was promised.
std::error_code Writer::append(GroupBuffer& buffer, Group& group, bool timer) {
    auto error = encode(buffer, group);
    if (!error) error = write(buffer, group);
    tell_if_full(error);
    if (error) {
        if (group.events == 0) return error;
        undo(group);
        if (error != Errc::disk_full) fail(error, "a write failed");
        return error;
    }
    const auto mode = config_.durability.mode;
    unsynced_events_ += group.events;
    if (mode == Durability::Mode::always ||
        (mode == Durability::Mode::batch && (timer || unsynced_events_ >= config_.durability.events))) {
        error = sync();
        if (error) fail(error, "a sync failed");
    }
    if (!error) commit(group);
    return error;
}

bool Writer::fits(std::size_t size) const {
    return written_end_ <= kSegmentHeaderSize || written_end_ + size <= config_.segment_bytes;
}

std::error_code Writer::encode(GroupBuffer& buffer, Group& group) {
    const Message& first = backlog_.first->messages[backlog_.first->written];
    if (active_->sealed() || !fits(record_size(first.payload.size(), first.headers.size()))) {
        if (const auto error = rotate()) return error;
    }
    if (written_end_ == 0) {
        const auto header = encode_segment_header(active_->header());
        std::memcpy(buffer.grow(header.size()), header.data(), header.size());
    }
    while (!backlog_.empty()) {
        PublishRequest& request = *backlog_.first;
        encode_one(buffer, group, request, now());
        if (request.written < request.messages.size()) break;
        group.finished.push_back(backlog_.pop_front());
    }
    group.bytes = buffer.size;
    return {};
}

void Writer::encode_one(GroupBuffer& buffer, Group& group, PublishRequest& request, std::int64_t now) {
    last_time_ = std::max(last_time_, now);
    while (request.written < request.messages.size()) {
        const Message& message = request.messages[request.written];
        const std::size_t size = record_size(message.payload.size(), message.headers.size());
        const std::uint64_t position = written_end_ + buffer.size;
        const bool room = position + size <= config_.segment_bytes && buffer.size + size <= config_.max_group;
        if (group.events > 0 && !room) return;
        const std::uint64_t unsynced = position - synced_end_;
        Record record{ids_.next(last_time_), last_time_,      next_offset_ + group.events,
                      kUnsyncedUnknown,      message.payload, message.headers};
        if (unsynced < kUnsyncedUnknown) record.unsynced = static_cast<std::uint32_t>(unsynced);
        encode_record(record, buffer.grow(size));
        if (position >= next_index_at_) {
            group.index_points.push_back({position, record});
            next_index_at_ = position + config_.index_stride;
        }
        if (request.receipts != nullptr) {
            request.receipts[request.written] = {record.offset, record.id, record.time};
        }
        ++request.written;
        ++group.events;
        group.last = record;
    }
}

std::error_code Writer::write(const GroupBuffer& buffer, const Group& group) {
    if (const auto error = file_->write_at(written_end_, buffer.bytes())) return error;
    const std::uint64_t end = written_end_ + group.bytes;
    if (end > zeroed_end_) {
        zeroed_end_ = end;
        write_ahead(end, group.bytes);
    }
    written_end_ = end;
    topic_.counters.record_group(group.events);
    return {};
}

std::error_code Writer::sync() {
    const auto began = std::chrono::steady_clock::now();
    const std::uint64_t end = written_end_;
    if (const auto error = file_->sync()) return error;
    synced_end_ = end;
    undone_ = false;
    topic_.counters.record_sync(std::chrono::steady_clock::now() - began, unsynced_events_);
    unsynced_events_ = 0;
    return {};
}

void Writer::commit(const Group& group) {
    for (const IndexPoint& point : group.index_points) {
        active_->add_to_index(point.position, point.record, config_.index_stride);
    }
    active_->advance(written_end_, group.last);
    next_offset_ += group.events;
    topic_.next_offset.store(next_offset_, std::memory_order_release);
    topic_.counters.events.fetch_add(group.events, std::memory_order_relaxed);
    topic_.counters.bytes.fetch_add(group.bytes, std::memory_order_relaxed);
    topic_.waiters.wake_all();
    if (!preparing_ && written_end_ > config_.segment_bytes / 2) prepare_next();
}

void Writer::arm_timer() {
    if (config_.durability.mode != Durability::Mode::batch || unsynced_events_ == 0 || timer_set_) return;
    try {
        scheduler_.sync_at(Scheduler::Clock::now() + config_.durability.millis, *this);
        timer_set_ = true;
    } catch (const std::bad_alloc&) {
        if (const auto error = sync()) fail(error, "a sync failed");  // early is within the promise, too
    }
}

void Writer::complete(RequestList& requests, std::error_code error) {
    std::size_t events = 0;
    std::uint64_t count = 0;
    for (const PublishRequest* request = requests.first; request != nullptr; request = request->next) {
        events += request->messages.size();
        ++count;
    }
    if (error) topic_.counters.rejected.fetch_add(count, std::memory_order_relaxed);
    leave_queue(events);
    while (!requests.empty()) {
        PublishRequest& request = requests.pop_front();
        request.done(request, error);
    }
}

void Writer::refuse_backlog(std::error_code error) {
    if (topic_.condition.load() == Condition::failed) error = Errc::topic_failed;
    RequestList refused = std::exchange(backlog_, {});
    complete(refused, error);
}

// Once when it fills up, and once when there is room again; no oftener than every minute, since a disk that is nearly
// full refuses large groups and takes small ones by turns.
void Writer::tell_if_full(std::error_code error) {
    const bool full = error == Errc::disk_full;
    const auto now = Scheduler::Clock::now();
    if (full == told_full_ || (full && now < tell_full_again_)) return;
    told_full_ = full;
    if (!full) tell_full_again_ = now + std::chrono::minutes{1};
    log(full ? Severity::error : Severity::info,
        full ? "the disk is full: publishes are refused until there is room" : "the disk has room again");
}

void Writer::fail(std::error_code error, std::string_view what) {
    topic_.condition.store(Condition::failed);
    try {
        log(Severity::error, std::string{what} + ": " + error.message() + "; no more publishes until a restart");
    } catch (const std::bad_alloc&) {
        // The topic's condition says it, too.
    }
    topic_.waiters.wake_all();
}

std::int64_t Writer::now() const {
    if (config_.clock) return config_.clock();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

void Writer::log(Severity severity, const std::string& text) const {
    if (config_.logger) config_.logger(severity, "topic " + topic_.name + ": " + text);
}

}  // namespace station::log
