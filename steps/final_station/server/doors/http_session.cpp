#include "http_session.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <station/net/http.hpp>
#include <station/net/peers.hpp>
#include <station/net/sockets.hpp>
#include <station/net/websocket.hpp>
#include <utility>

#include "engine/handler_memory.hpp"
#include "http_gate.hpp"
#include "http_upgrade.hpp"
#include "server/async_flag.hpp"
#include "server/web_port.hpp"
#include "websocket_codec.hpp"

namespace station::final_station {
namespace {

net::HttpLimits http_limits(const Limits& limits) {
    net::HttpLimits http;
    http.max_header_bytes = limits.max_header_bytes;
    http.max_body = limits.max_body;
    return http;
}

std::string peer_of(const net::Socket& socket) {
    std::error_code gone;
    const auto endpoint = socket.remote_endpoint(gone);
    return gone ? std::string{} : endpoint.address().to_string();
}

constexpr std::string_view kNoMemory =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 60\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n{\"error\":\"out_of_memory\",\"detail\":\"there is no memory now\"}\n";

// About what an answer takes of its thread: a coroutine's own time can't be told from what it waits for.
constexpr std::chrono::microseconds kOfAnswer{20};
constexpr std::chrono::nanoseconds kOfByte{8};

struct TurnCame final : TurnQueue::Item {
    void turn_came() override { flag.raise(); }
    AsyncFlag flag;
};

// One coroutine: read a request, answer it, read the next. Where there is no memory for the next step, the connection
// ends, and nothing else does.
class HttpSession final : public Connection, public std::enable_shared_from_this<HttpSession> {
  public:
    HttpSession(IoThread& thread, AcceptedSocket accepted)
        : thread_(thread),
          socket_(std::move(accepted.socket)),
          counted_(thread.station.counters, Door::http, std::move(accepted.slot)),
          parser_(http_limits(thread.station.limits)) {
        expect(thread.station.limits.request_timeout);
    }

    void start() {
        thread_.add(shared_from_this());
        try {
            asio::co_spawn(
                thread_.io, [self = shared_from_this()] { return self->run(); },
                [](std::exception_ptr error) {
                    if (error) std::rethrow_exception(error);
                });
        } catch (const std::bad_alloc&) {
            thread_.remove(*this);
            throw;
        }
    }

    void tick(Clock::time_point now) override {
        if (++ticks_ % net::kTicksPerPeerCheck == 0 && net::is_peer_gone(socket_.native_handle())) return cut();
        if (under_way_ != nullptr && client_is_gone()) abandon();
        if (under_way_ != nullptr) under_way_->tick(now);
        if (sending_ && client_takes_more()) deadline_ = now + thread_.station.limits.slow_reader;
        if (now < deadline_) return;
        if (lingering_) return cut();
        if (sending_) return cut_slow_reader();
        if (parser_.inside_request() && thrifty()) return expect(thread_.station.limits.request_timeout);
        timed_out_ = true;
        socket_.cancel();
    }
    void shut_down() override {
        stopping_ = true;
        if (!answering_ && !parser_.inside_request()) socket_.cancel();
        abandon();
    }
    void cut() noexcept override {
        std::error_code error;
        socket_.close(error);
        abandon();
    }

  private:
    void expect(std::chrono::milliseconds within) {
        deadline_ = Clock::now() + within;
        read_at_mark_ = read_;
    }
    // A large body may take longer than the time-out, as long as it comes.
    bool thrifty() const {
        const auto seconds = std::chrono::duration<double>(thread_.station.limits.request_timeout).count();
        return static_cast<double>(read_ - read_at_mark_) >= seconds * static_cast<double>(kSlowestUpload);
    }

    void abandon() {
        if (under_way_ != nullptr) under_way_->abandon();
    }

    // Of what was handed to the kernel, how much the client's own has acknowledged: what counts is that it goes on, not
    // how long an answer takes.
    bool client_takes_more() {
        int queued = 0;
        if (::ioctl(socket_.native_handle(), SIOCOUTQ, &queued) != 0) return false;
        const std::uint64_t taken = written_ - std::min(written_, static_cast<std::uint64_t>(queued));
        return std::exchange(taken_, std::max(taken, taken_)) < taken;
    }

    // Who was told that its request took too long is counted already.
    void cut_slow_reader() {
        if (!timed_out_) thread_.station.counters.slow_closed.fetch_add(1, std::memory_order_relaxed);
        cut();
    }

    // Nobody reads the socket while an endless answer is sent.
    bool client_is_gone() {
        pollfd hung_up{socket_.native_handle(), POLLRDHUP, 0};
        return ::poll(&hung_up, 1, 0) > 0;
    }

    net::Awaitable<void> run() {
        const auto self = shared_from_this();
        try {
            while (co_await serve_one()) {
            }
            if (socket_.is_open()) co_await close_gently();
        } catch (const std::bad_alloc&) {
            end_without_memory();
        }
        thread_.remove(*this);
    }

    void end_without_memory() noexcept {
        thread_.station.troubles.out_of_memory();
        std::error_code error;
        if (answer_begun_) {
            reset();
        } else {
            socket_.write_some(asio::buffer(kNoMemory), error);
            socket_.close(error);
        }
    }

    // The client must not take the end for the answer's own.
    void reset() noexcept {
        std::error_code error;
        socket_.set_option(asio::socket_base::linger(true, 0), error);
        socket_.close(error);
    }

    net::Awaitable<std::error_code> wait(net::Socket::wait_type what) {
        const std::error_code error = co_await async_wait_in(wait_memory_, thread_.io, socket_, what);
        if (turn_.has_had_its_share(Clock::now())) {
            co_await wait_for_turn();
        } else {
            turn_.begin_unasked();
        }
        co_return error;
    }

    // Who has sent much, or has asked for much in a few bytes, lets the others go first.
    net::Awaitable<void> take_turns() {
        if (!turn_.over()) co_return;
        co_await wait_for_turn();
    }

    net::Awaitable<void> wait_for_turn() {
        thread_.transport.turns.push(turn_came_);
        co_await turn_came_.flag.wait();
        turn_.begin();
    }

    // Closing a socket with unread input would reset it, and a reset can overtake the last answer.
    net::Awaitable<void> close_gently() {
        std::error_code error;
        socket_.shutdown(net::Socket::shutdown_send, error);
        lingering_ = true;
        deadline_ = Clock::now() + net::kLinger;
        while (!error) {
            error = co_await wait(net::Socket::wait_read);
            if (!error) socket_.read_some(asio::buffer(thread_.transport.input), error);
            if (error == asio::error::would_block) error = {};
        }
        socket_.close(error);
    }

    // False where the connection ends.
    net::Awaitable<bool> serve_one() {
        if (!co_await read_request()) co_return false;
        if (parser_.status() == net::HttpParser::Status::failed) {
            // A body that is too long is a publish that is: it is no worse a request than one that fits.
            const int status = parser_.error_status();
            const bool too_large = status == status_of(log::Errc::payload_too_large);
            Counters& counters = thread_.station.counters;
            if (too_large) {
                counters.refused(log::Errc::payload_too_large);
            } else {
                counters.broken_requests.fetch_add(1, std::memory_order_relaxed);
            }
            counters.responded(status);
            const std::string response =
                last_refusal(parser_.request(), status, too_large ? "payload_too_large" : "bad_request",
                             parser_.error_text());
            co_await send(response);
            co_return false;
        }
        if (!refusal_.empty()) {
            co_await send(refusal_);
            co_return false;
        }
        const net::HttpRequest& request = parser_.request();
        if (request.wants_websocket()) {
            co_await upgrade(request);
            co_return false;
        }
        answering_ = true;
        deadline_ = Clock::time_point::max();
        const WebPort& web = *thread_.station.web;
        HttpExchange exchange{thread_, request, request.keep_alive && !stopping_,
                              [this](std::string_view bytes) { return send(bytes); }, under_way_};
        exchange.is_shared = !web.is_open(request.path);
        if (!exchange.is_shared) exchange.client_address = web.client_address(peer_of(socket_), request);
        const bool keep_alive = co_await answer(web.routes, exchange);
        answering_ = answer_begun_ = false;
        if (exchange.cut_short) reset();
        if (!keep_alive || stopping_) co_return false;
        parser_.next();
        expect(thread_.station.limits.keep_alive);
        co_return true;
    }

    net::Awaitable<bool> read_request() {
        const auto done = [this] {
            const auto status = parser_.status();
            return status == net::HttpParser::Status::complete || status == net::HttpParser::Status::failed ||
                   !refusal_.empty();
        };
        feed(std::exchange(left_, {}));
        while (!done()) {
            if (wants_continue()) co_await send("HTTP/1.1 100 Continue\r\n\r\n");
            const std::error_code cancelled = co_await wait(net::Socket::wait_read);
            if (timed_out_ && parser_.inside_request()) {
                counted_.too_slow();
                thread_.station.counters.responded(408);
                const std::string response =
                    last_refusal(parser_.request(), 408, "timeout", "the request took too long");
                co_await send(response);
            }
            if (cancelled || timed_out_ || (stopping_ && !parser_.inside_request())) co_return false;
            std::error_code error;
            const std::size_t bytes = socket_.read_some(asio::buffer(thread_.transport.input), error);
            if (error == asio::error::would_block) continue;
            if (error) co_return false;
            thread_.station.counters.bytes_in.fetch_add(bytes, std::memory_order_relaxed);
            if (!parser_.inside_request()) expect(thread_.station.limits.request_timeout);
            read_ += bytes;
            feed({thread_.transport.input.data(), bytes});
        }
        continued_ = looked_at_ = false;
        co_return true;
    }

    // Once: the client holds the body back until it hears of it, or its own patience ends.
    bool wants_continue() {
        return parser_.status() == net::HttpParser::Status::headers_complete && parser_.request().expects_continue &&
               !std::exchange(continued_, true);
    }

    // What lies behind a whole request waits for its turn.
    void feed(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t taken = parser_.feed(bytes);
            bytes.remove_prefix(taken);
            look_at_head();
            if (taken == 0 || !refusal_.empty()) break;
        }
        left_.assign(bytes);
    }

    // As soon as it is there, and before its body.
    void look_at_head() {
        const auto status = parser_.status();
        if (status != net::HttpParser::Status::headers_complete && status != net::HttpParser::Status::complete) return;
        if (!std::exchange(looked_at_, true)) refusal_ = gate_refusal(thread_.station, parser_.request());
    }

    // The bytes must stay until then.
    net::Awaitable<bool> send(std::string_view bytes) {
        thread_.station.counters.bytes_out.fetch_add(bytes.size(), std::memory_order_relaxed);
        const auto before = std::exchange(deadline_, Clock::now() + thread_.station.limits.slow_reader);
        answer_begun_ = answering_;
        sending_ = true;
        std::error_code error;
        write_some(bytes, error);
        while (!bytes.empty() && (!error || error == asio::error::would_block)) {
            error = co_await wait(net::Socket::wait_write);
            if (!error) write_some(bytes, error);
        }
        sending_ = false;
        deadline_ = before;
        const bool all = bytes.empty();
        co_await take_turns();
        co_return all;
    }

    void write_some(std::string_view& bytes, std::error_code& error) {
        const std::size_t written = socket_.write_some(asio::buffer(bytes), error);
        written_ += written;
        turn_.spend(written);
        turn_.charge(kOfAnswer + written * kOfByte, Clock::now());
        bytes.remove_prefix(written);
    }

    net::Awaitable<void> upgrade(const net::HttpRequest& request) {
        const WebPort& web = *thread_.station.web;
        const WebSocketRoute* const route = web.web_socket(request.path);
        const std::string address = route != nullptr ? web.client_address(peer_of(socket_), request) : std::string{};
        const UpgradeAnswer answer = answer_upgrade(thread_.station, request, route, address);
        if (!co_await send(answer.response) || answer.door == UpgradeAnswer::Door::refused) co_return;
        if (stopping_) co_return;
        AcceptedSocket accepted{std::move(socket_), counted_.take_slot()};
        if (route != nullptr) {
            route->start(thread_, std::move(accepted), request, left_);
        } else if (answer.door == UpgradeAnswer::Door::echo) {
            start_websocket_echo(thread_, std::move(accepted), answer.deflate, left_);
        } else {
            start_websocket_session(thread_, std::move(accepted), answer.batches, answer.deflate, left_);
        }
    }

    IoThread& thread_;
    net::Socket socket_;
    OpenConnection counted_;
    net::HttpParser parser_;
    std::string left_;     // came behind the request that is answered
    std::string refusal_;  // the answer to a request that may not pass
    std::uint64_t read_ = 0;
    std::uint64_t read_at_mark_ = 0;
    Clock::time_point deadline_;
    std::uint64_t written_ = 0;  // into the socket,
    std::uint64_t taken_ = 0;    // and of that acknowledged by the client's kernel, as last seen
    EndlessAnswer* under_way_ = nullptr;
    unsigned ticks_ = 0;
    HandlerMemory wait_memory_;
    Turn turn_;
    TurnCame turn_came_;
    bool answering_ = false;
    bool answer_begun_ = false;
    bool lingering_ = false;
    bool sending_ = false;
    bool timed_out_ = false;
    bool stopping_ = false;
    bool continued_ = false;
    bool looked_at_ = false;
};

}  // namespace

void start_http_session(IoThread& thread, AcceptedSocket accepted) {
    std::make_shared<HttpSession>(thread, std::move(accepted))->start();
}

}  // namespace station::final_station
