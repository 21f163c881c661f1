#include "reply_queue.hpp"

#include <station/base/assertion.hpp>
#include <utility>

namespace station::final_station {

void ReplyQueue::count(Reply& reply) {
    const std::size_t now = sizeof(Reply) + reply.ref.capacity() + reply.bytes.capacity();
    kept_ += now - reply.kept;  // modulo 2^64: it may be less, too
    reply.kept = now;
}

Reply& ReplyQueue::add(Reply reply) {
    replies_.push_back(std::move(reply));
    Reply& added = replies_.back();
    count(added);
    if (added.holds_events) ++holding_events_;
    if (!added.done) {
        in_flight_ += added.count;
        in_flight_bytes_ += added.bytes_under_way;
    }
    return added;
}

void ReplyQueue::finish(Reply& reply) {
    STATION_ASSERT(!reply.done);
    in_flight_ -= reply.count;
    in_flight_bytes_ -= reply.bytes_under_way;
    reply.done = true;
    count(reply);
}

void ReplyQueue::release_first(std::string& out) {
    Reply& reply = replies_.front();
    if (reply.write_late) reply.write_late(out);
    out += reply.bytes;
    if (reply.holds_events) --holding_events_;
    kept_ -= reply.kept;
    replies_.pop_front();
    STATION_ASSERT_SLOW(!replies_.empty() || (kept_ == 0 && holding_events_ == 0 && in_flight_ == 0));
}

}  // namespace station::final_station
