// The answers of one connection, in the order of its requests, whenever each of them is known. What they keep is
// counted: a client may not make the server remember more than it lets go of.
//
// Belongs to its connection's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "engine/publishing.hpp"

namespace station::final_station {

// One answer, or the answers to publishes that came together.
struct Reply : PendingPublish {
    bool as_text = false;       // to a control text, not to frames or to the line door's own words
    bool holds_events = false;  // subscriptions wait until this is sent
    bool done = false;
    std::uint64_t stream = 0;  // as the client named it
    std::string ref;           // raw JSON, or empty
    std::string bytes;         // what goes to the client, where others go first
    // A long answer to a short question: written when there is room for it.
    std::function<void(std::string& out)> write_late;
    std::size_t kept = 0;  // bytes, as the queue has counted them
};

class ReplyQueue {
  public:
    // Behind all others. The reference stays good until the reply is released.
    Reply& add(Reply reply);
    // Where `reply` writes its bytes: straight to `out` where it is the first one.
    std::string& room(Reply& reply, std::string& out) { return is_first(reply) ? out : reply.bytes; }
    // It is known now, with all that was written to its room.
    void finish(Reply& reply);

    // Appends what is known, from the first one on, as long as `out` holds less than `most` and `may_go_on`.
    template <typename MayGoOn>
    void release(std::string& out, std::size_t most, MayGoOn&& may_go_on) {
        while (!replies_.empty() && replies_.front().done && out.size() < most && may_go_on()) release_first(out);
    }

    bool empty() const { return replies_.empty(); }
    std::size_t size() const { return replies_.size(); }
    bool first_is_late() const { return !replies_.empty() && replies_.front().write_late != nullptr; }
    bool holds_events() const { return holding_events_ > 0; }
    std::size_t kept() const { return kept_; }  // bytes
    // Publishes without an answer, and their payloads' bytes.
    std::size_t in_flight() const { return in_flight_; }
    std::size_t in_flight_bytes() const { return in_flight_bytes_; }

  private:
    void count(Reply& reply);
    bool is_first(const Reply& reply) const { return &reply == &replies_.front(); }
    void release_first(std::string& out);

    std::deque<Reply> replies_;
    std::size_t kept_ = 0;
    std::size_t holding_events_ = 0;
    std::size_t in_flight_ = 0;
    std::size_t in_flight_bytes_ = 0;
};

}  // namespace station::final_station
