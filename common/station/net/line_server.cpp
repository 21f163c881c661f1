#include <station/net/line_server.hpp>
#include <station/net/session.hpp>
#include <station/net/sockets.hpp>
#include <variant>

namespace station::net {

class LineServer::Impl {
  public:
    Impl(LineServerOptions options, std::variant<Handler, DeferredHandler> handler)
        : endpoint(std::move(options.endpoint)), handler_(std::move(handler)) {
        context_.max_line = options.max_line;
        context_.on_last_closed = [this] { io_.stop(); };
    }

    std::error_code listen() {
        const auto error = net::listen(acceptor_, endpoint);
        if (error) return error;
        acceptor_.non_blocking(true);
        asio::co_spawn(io_, accept(), rethrow);
        return {};
    }

    void run() { io_.run(); }

    void stop() {
        context_.stopping = true;
        io_.stop();
    }

    void drain() {
        asio::post(io_, [this] { close_acceptor(); });
    }

    void finish(std::chrono::steady_clock::time_point deadline) {
        asio::post(io_, [this, deadline] {
            close_acceptor();
            context_.ending = true;
            if (context_.open == 0) io_.stop();
            for (Socket* const socket : context_.receiving) socket->cancel();
            deadline_.expires_at(deadline);
            deadline_.async_wait([this](std::error_code error) {
                if (!error) stop();
            });
        });
    }

    Endpoint endpoint;

  private:
    static void rethrow(std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    }

    Awaitable<void> accept() {
        while (acceptor_.is_open()) {
            auto [error, socket] = co_await acceptor_.async_accept(use_tuple);
            if (!error) {
                spawn(std::move(socket));
                accept_waiting();
            } else if (acceptor_.is_open()) {
                co_await async_pause(acceptor_);
            }
        }
    }

    // A loop that is busy comes by only once a round: all who wait come in together, not one a round.
    void accept_waiting() {
        std::error_code error;
        while (!error && !context_.stopping) {
            Socket socket = acceptor_.accept(error);
            if (!error) spawn(std::move(socket));
        }
    }

    void spawn(Socket socket) {
        std::error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        socket.non_blocking(true, ignored);
        if (const auto* const handler = std::get_if<Handler>(&handler_)) {
            asio::co_spawn(io_, serve(context_, *handler, std::move(socket)), rethrow);
        } else {
            asio::co_spawn(io_, serve_deferred(context_, std::get<DeferredHandler>(handler_), std::move(socket)),
                           rethrow);
        }
    }

    void close_acceptor() {
        std::error_code ignored;
        acceptor_.close(ignored);
    }

    std::variant<Handler, DeferredHandler> handler_;
    SessionContext context_;
    asio::io_context io_{kOneThread};  // its destructor ends the coroutines, which use what stands above
    Acceptor acceptor_{io_};
    Timer deadline_{io_};
};

LineServer::LineServer(LineServerOptions options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}
LineServer::LineServer(LineServerOptions options, DeferredHandler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}
LineServer::~LineServer() = default;

std::error_code LineServer::listen() { return impl_->listen(); }
const Endpoint& LineServer::endpoint() const { return impl_->endpoint; }
void LineServer::run() { impl_->run(); }
void LineServer::stop() { impl_->stop(); }
void LineServer::drain() { impl_->drain(); }
void LineServer::finish(std::chrono::steady_clock::time_point deadline) { impl_->finish(deadline); }

}  // namespace station::net
