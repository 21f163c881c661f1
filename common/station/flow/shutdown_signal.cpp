#include <station/flow/shutdown_signal.hpp>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <future>
#include <optional>
#include <thread>

namespace station::flow {

class ShutdownSignal::Listener {
  public:
    explicit Listener(std::function<void()> on_first) : on_first_(std::move(on_first)), signals_(io_, SIGINT, SIGTERM) {
        signals_.async_wait([this](std::error_code error, int) {
            if (!error) first();
        });
        thread_ = std::jthread{[this] { io_.run(); }};
    }

    ~Listener() {
        // Once no call can begin any more, the one under way, if any, is waited for; signals are heard meanwhile.
        std::promise<void> closed;
        asio::post(io_, [&] {
            closed_ = true;
            closed.set_value();
        });
        closed.get_future().wait();
        if (stopping_) stopping_->join();
        io_.stop();
        thread_.join();
    }

  private:
    void first() {
        if (closed_) return;
        signals_.async_wait([](std::error_code error, int) {
            constexpr int kInterrupted = 128 + SIGINT;
            if (!error) std::_Exit(kInterrupted);
        });
        stopping_.emplace(on_first_);
    }

    std::function<void()> on_first_;
    asio::io_context io_{1};
    asio::signal_set signals_;
    bool closed_ = false;
    std::jthread thread_;
    std::optional<std::jthread> stopping_;  // runs on_first_
};

ShutdownSignal::ShutdownSignal(std::function<void()> on_first)
    : listener_(std::make_unique<Listener>(std::move(on_first))) {}

ShutdownSignal::~ShutdownSignal() = default;

}  // namespace station::flow
