#include "reload_signal.hpp"

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <thread>

namespace station::final_station {

class ReloadSignal::Listener {
  public:
    explicit Listener(std::function<void()> on_signal) : on_signal_(std::move(on_signal)) {
        wait();
        thread_ = std::jthread{[this] { io_.run(); }};
    }
    ~Listener() {
        io_.stop();
        thread_.join();
        signals_.clear();
        std::signal(SIGHUP, SIG_IGN);  // Asio has put back the default, which kills
    }

  private:
    void wait() {
        signals_.async_wait([this](std::error_code error, int) {
            if (error) return;
            on_signal_();
            wait();
        });
    }

    std::function<void()> on_signal_;
    asio::io_context io_{1};
    asio::signal_set signals_{io_, SIGHUP};
    std::jthread thread_;
};

ReloadSignal::ReloadSignal(std::function<void()> on_signal)
    : listener_(std::make_unique<Listener>(std::move(on_signal))) {}

ReloadSignal::~ReloadSignal() = default;

}  // namespace station::final_station
