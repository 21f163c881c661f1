// The right, and the duty, to reply to one request, now or later, from any thread. Replies may become ready in any
// order; each connection sends them in the order of its requests, and wakes up once for many.
#pragma once

#include <cstdint>
#include <memory>
#include <station/wire/reply.hpp>

namespace station::net {

// The replies of one connection, ready or awaited, in order. How it wakes its connection is the connection's business.
class PendingReplies;

class Responder {
  public:
    Responder() = default;
    Responder(std::shared_ptr<PendingReplies> replies, std::uint64_t request)
        : replies_(std::move(replies)), request_(request) {}

    // Call it once, while the server is there. Where the connection has ended meanwhile, the reply goes nowhere.
    void operator()(wire::Reply reply) const;

  private:
    std::shared_ptr<PendingReplies> replies_;
    std::uint64_t request_ = 0;
};

}  // namespace station::net
