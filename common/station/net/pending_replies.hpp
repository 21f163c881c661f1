// The replies of one connection that were asked for and not yet sent, in the order of their requests.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <station/wire/reply.hpp>
#include <string>

namespace station::net {

class PendingReplies {
  public:
    // `wake` is called from whichever thread completes the reply that the connection waits for, at most once between
    // two calls of take_ready().
    explicit PendingReplies(std::function<void()> wake) : wake_(std::move(wake)) {}

    // A place for the next request's reply; its number is what complete() wants.
    std::uint64_t reserve();
    void complete(std::uint64_t request, wire::Reply reply);

    struct Ready {
        std::size_t left = 0;  // how many are still awaited, or wait behind one that is
        bool last = false;     // one of the replies was the connection's last
    };
    // Appends every reply whose turn has come to `out`, a line each.
    Ready take_ready(std::string& out);

  private:
    std::function<void()> wake_;
    std::mutex mutex_;
    std::deque<std::optional<wire::Reply>> replies_;
    std::uint64_t first_ = 0;  // the number of replies_.front()
    bool woken_ = false;
};

}  // namespace station::net
