// What one coroutine waits for until somebody on its thread raises it. Waiting takes no memory and no timer, so that it
// can't fail: see handler_memory.hpp.
#pragma once

#include <optional>
#include <station/net/asio.hpp>
#include <utility>

namespace station::final_station {

class AsyncFlag {
  public:
    // Returns at once where the flag is up, and takes it down.
    net::Awaitable<void> wait() {
        if (!up_) {
            Token token;
            const auto begin = [this](auto handler) { waiting_.emplace(std::move(handler)); };
            co_await asio::async_initiate<Token, void()>(begin, token);
        }
        up_ = false;
    }

    // Whoever waits goes on before this returns; the flag may be gone by then.
    void raise() {
        up_ = true;
        if (!waiting_) return;
        Handler handler = std::move(*waiting_);
        waiting_.reset();
        std::move(handler)();
    }

  private:
    using Token = asio::use_awaitable_t<net::Executor>;
    using Handler = asio::async_result<Token, void()>::handler_type;

    std::optional<Handler> waiting_;
    bool up_ = false;
};

}  // namespace station::final_station
