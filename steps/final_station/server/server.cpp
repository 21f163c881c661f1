#include "server.hpp"

#include <system_error>
#include <utility>

#include "io_thread.hpp"
#include "listener.hpp"

namespace station::final_station {

class Server::Impl {
  public:
    Impl(Station& shared, ServerOptions options)
        : web(std::move(options.web)), lines(std::move(options.lines)), has_lines(options.has_lines), station_(shared) {
        for (std::size_t i = 0; i < options.threads; ++i) threads_.push_back(std::make_unique<IoThread>(shared, i));
    }

    std::error_code listen() {
        if (const auto error = web_door_.listen(web)) {
            refused = &web;
            return error;
        }
        if (const auto error = has_lines ? line_door_.listen(lines) : std::error_code{}) {
            refused = &lines;
            return error;
        }
        OriginRules rules = *station_.origins;
        rules.port = web.port;
        rules.loopback = web_door_.is_loopback();
        station_.origins.replace(std::move(rules));
        return {};
    }

    std::error_code start() try {
        for (const auto& thread : threads_) thread->start();
        return {};
    } catch (const std::system_error& error) {
        for (const auto& thread : threads_) thread->shut_down(std::chrono::steady_clock::now());
        return error.code();
    }

    void run() {
        web_door_.start();
        if (has_lines) line_door_.start();
        io_.run();
        for (const auto& thread : threads_) thread->join();
    }

    void stop(std::chrono::steady_clock::time_point deadline) {
        station_.stopping.store(true);
        auto close = [this, deadline] {
            web_door_.close();
            line_door_.close();
            for (const auto& thread : threads_) thread->shut_down(deadline);
        };
        asio::post(io_, InMemory{stop_memory_, io_, std::move(close)});
    }

    void settle() {
        for (const auto& thread : threads_) thread->settle();
    }

    std::size_t cut() const {
        std::size_t count = 0;
        for (const auto& thread : threads_) count += thread->cut_connections();
        return count;
    }

    net::Endpoint web;
    net::Endpoint lines;
    const bool has_lines;
    const net::Endpoint* refused = nullptr;

  private:
    Station& station_;
    std::vector<std::unique_ptr<IoThread>> threads_;
    asio::io_context io_{net::kOneThread};
    HandlerMemory stop_memory_;
    Listener web_door_{io_, station_, threads_, Door::http};
    Listener line_door_{io_, station_, threads_, Door::lines};
};

Server::Server(Station& station, ServerOptions options) : impl_(std::make_unique<Impl>(station, std::move(options))) {}
Server::~Server() = default;
std::error_code Server::listen() { return impl_->listen(); }
const net::Endpoint& Server::web() const { return impl_->web; }
const net::Endpoint* Server::lines() const { return impl_->has_lines ? &impl_->lines : nullptr; }
std::error_code Server::start() { return impl_->start(); }
const net::Endpoint& Server::refused() const { return *impl_->refused; }
void Server::run() { impl_->run(); }
void Server::stop(std::chrono::steady_clock::time_point deadline) { impl_->stop(deadline); }
void Server::settle() { impl_->settle(); }
std::size_t Server::cut() const { return impl_->cut(); }

}  // namespace station::final_station
