#include <station/base/assertion.hpp>
#include <station/log/detail/admission.hpp>
#include <station/log/record.hpp>

namespace station::log {

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

std::error_code Admission::check(const Message& message) const {
    if (message.payload.size() > config_.max_payload) return Errc::payload_too_large;
    if (message.headers.size() > config_.max_headers) return Errc::headers_too_large;
    if (!message.headers.empty() && !decode_headers(message.headers)) return Errc::bad_headers;
    return {};
}

// What comes before a message that can't be taken is taken all the same.
std::error_code Admission::check(PublishRequest& request) const {
    switch (topic_.condition.load(std::memory_order_acquire)) {
        case Condition::open: break;
        case Condition::read_only: return topic_.report.damage.empty() ? Errc::read_only : Errc::topic_damaged;
        case Condition::failed:
        case Condition::unreadable: return Errc::topic_failed;
        case Condition::closed: return Errc::closed;
        case Condition::deleted: return Errc::topic_deleted;
    }
    request.refused = {};
    request.good = 0;
    while (request.good < request.messages.size()) {
        request.refused = check(request.messages[request.good]);
        if (request.refused) return request.good == 0 ? request.refused : std::error_code{};
        ++request.good;
    }
    return {};
}

std::error_code Admission::enqueue(PublishRequest& request) {
    const std::size_t events = request.messages.size();
    // The place is taken before the request goes in, so that the bound holds however many producers race. A request
    // may be larger than what is left, so that one larger than the whole queue can ever get in.
    if (queued_.fetch_add(events) >= config_.queue_capacity) {
        leave(events);
        return Errc::queue_full;
    }
    // Sequentially consistent, as in close(): either the close is seen here, or close() sees the place taken.
    if (closed_.load()) {
        leave(events);
        return closing();
    }
    request.written = request.acknowledged = 0;
    request.next = incoming_.load(std::memory_order_relaxed);
    while (!incoming_.compare_exchange_weak(request.next, &request)) {
    }
    return {};
}

void Admission::leave(std::size_t events) {
    // Sequentially consistent: either the waiter is seen here, or it sees the room. A place that was only tried for
    // counts, too: somebody may have looked while it was taken.
    const std::size_t before = queued_.fetch_sub(events);
    STATION_ASSERT(before >= events);
    if (room_waiters_.load() > 0) wake_waiters();
}

void Admission::wake_waiters() {
    const std::lock_guard lock{room_mutex_};
    room_.notify_all();
}

std::error_code Admission::take(PublishRequest& request) {
    if (const auto error = check(request)) return error;
    return enqueue(request);
}

std::error_code Admission::take_waiting(PublishRequest& request) {
    for (;;) {
        const auto error = take(request);
        if (error != Errc::queue_full) return error;
        wait_for_room();
        if (closed_.load()) return closing();
    }
}

std::error_code Admission::closing() const {
    return topic_.condition.load() == Condition::deleted ? Errc::topic_deleted : Errc::closed;
}

void Admission::wait_for_room() {
    room_waiters_.fetch_add(1);
    {
        std::unique_lock lock{room_mutex_};
        room_.wait(lock, [this] { return queued_.load() < config_.queue_capacity || closed_.load(); });
    }
    room_waiters_.fetch_sub(1);
}

void Admission::begin_turn() {
    STATION_ASSERT(busy_.load(std::memory_order_relaxed));
    STATION_ASSERT(owner_.load(std::memory_order_relaxed) == std::thread::id{});
    owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
}

void Admission::end_turn() {
    STATION_ASSERT(holds_turn());
    owner_.store({}, std::memory_order_relaxed);
}

bool Admission::give_back_turn(bool more) {
    if (more || has_work()) return false;
    busy_.store(false);
    // What came in after the look above found the turn taken, and counts on this one.
    if (has_work() && take_turn()) return false;
    if (closed_.load()) wake_waiters();
    return true;
}

void Admission::collect(RequestList& list) {
    STATION_ASSERT(holds_turn());
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
        list.push_back(*oldest);
        oldest = after;
    }
}

void Admission::close() {
    closed_.store(true);
    room_waiters_.fetch_add(1);
    {
        std::unique_lock lock{room_mutex_};
        room_.notify_all();  // publishers that wait for room
        // Every request that got in is answered before its writer gives the turn back.
        room_.wait(lock, [this] { return queued_.load() == 0 && take_turn(); });
    }
    room_waiters_.fetch_sub(1);
    begin_turn();
}

}  // namespace station::log
