#include "server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <station/net/sockets.hpp>
#include <utility>

#include "http_api.hpp"
#include "io_thread.hpp"

namespace station::final_station {

class Server::Impl {
  public:
    Impl(Station& shared, ServerOptions options) : web(std::move(options.web)), lines(std::move(options.lines)), station_(shared) {
        for (std::size_t i = 0; i < options.threads; ++i) threads_.push_back(std::make_unique<IoThread>(shared, i));
    }

    std::error_code listen() {
        if (const auto error = net::listen(web_acceptor_, web)) {
            refused = &web;
            return error;
        }
        if (const auto error = net::listen(line_acceptor_, lines)) {
            refused = &lines;
            return error;
        }
        station_.web_port = web.port;
        station_.origins.loopback = web_acceptor_.local_endpoint().address().is_loopback();
        return {};
    }

    void run() {
        for (const auto& thread : threads_) thread->start();
        asio::co_spawn(io_, accept(web_acceptor_, Door::http), rethrow);
        asio::co_spawn(io_, accept(line_acceptor_, Door::lines), rethrow);
        io_.run();
        for (const auto& thread : threads_) thread->join();
    }

    void stop(std::chrono::steady_clock::time_point deadline) {
        station_.stopping.store(true);
        asio::post(io_, [this, deadline] {
            std::error_code ignored;
            web_acceptor_.close(ignored);
            line_acceptor_.close(ignored);
            for (const auto& thread : threads_) thread->shut_down(deadline);
        });
    }

    std::size_t cut() const {
        std::size_t count = 0;
        for (const auto& thread : threads_) count += thread->cut_connections();
        return count;
    }

    net::Endpoint web;
    net::Endpoint lines;
    const net::Endpoint* refused = nullptr;

  private:
    static void rethrow(std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    }

    // The descriptor goes straight to the connection's own thread: this loop's reactor never hears of it.
    net::Awaitable<void> accept(net::Acceptor& acceptor, Door door) {
        std::error_code closed;  // by a stop() that came before run()
        acceptor.non_blocking(true, closed);
        const net::tcp protocol = acceptor.local_endpoint(closed).protocol();
        while (acceptor.is_open()) {
            const auto [waited] = co_await acceptor.async_wait(net::Acceptor::wait_read, net::use_tuple);
            while (!waited && take_one(acceptor.native_handle(), protocol, door)) {
            }
            if (!waited && errno != EAGAIN) co_await net::async_pause(acceptor);
        }
    }

    // False where nobody waits, or nobody can be taken: errno says which.
    bool take_one(int acceptor, const net::tcp& protocol, Door door) {
        const int descriptor = ::accept4(acceptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return errno == EINTR || errno == ECONNABORTED;
        if (full()) {
            turn_away(descriptor, door);
        } else {
            station_.counters.adopting.fetch_add(1, std::memory_order_relaxed);
            threads_[next_++ % threads_.size()]->adopt(descriptor, protocol, door);
        }
        return true;
    }

    bool full() const {
        std::uint64_t open = station_.counters.adopting.load(std::memory_order_acquire);
        for (const auto& door : station_.counters.doors) open += door.open.load(std::memory_order_relaxed);
        return open >= station_.limits.max_connections;
    }

    static void turn_away(int descriptor, Door door) {
        const std::string words = door == Door::lines
                                      ? "{\"status\":\"rejected\",\"reason\":\"too_many_connections\"}\n"
                                      : error_response(503, "too_many_connections", "come back later", false, "Retry-After: 1\r\n");
        // Best effort: a new socket has room for it, and nobody waits for who is turned away.
        [[maybe_unused]] const auto sent = ::send(descriptor, words.data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        ::shutdown(descriptor, SHUT_WR);
        ::close(descriptor);
    }

    Station& station_;
    std::vector<std::unique_ptr<IoThread>> threads_;
    std::size_t next_ = 0;
    asio::io_context io_{net::kOneThread};
    net::Acceptor web_acceptor_{io_};
    net::Acceptor line_acceptor_{io_};
};

Server::Server(Station& station, ServerOptions options) : impl_(std::make_unique<Impl>(station, std::move(options))) {}
Server::~Server() = default;
std::error_code Server::listen() { return impl_->listen(); }
const net::Endpoint& Server::web() const { return impl_->web; }
const net::Endpoint& Server::lines() const { return impl_->lines; }
const net::Endpoint& Server::refused() const { return *impl_->refused; }
void Server::run() { impl_->run(); }
void Server::stop(std::chrono::steady_clock::time_point deadline) { impl_->stop(deadline); }
std::size_t Server::cut() const { return impl_->cut(); }

}  // namespace station::final_station
