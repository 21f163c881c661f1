#include <station/net/pending_replies.hpp>
#include <station/net/session.hpp>

namespace station::net {
namespace {

// A client with this many requests unanswered is not read from until some are.
constexpr std::size_t kMaxInFlight = 4096;

// A flag that a coroutine can wait for, made of a timer that never fires by itself. Only the server's thread uses it.
class Event {
  public:
    explicit Event(const Executor& executor) : timer_(executor, Timer::time_point::max()) {}

    void set() {
        is_set_ = true;
        timer_.cancel();
    }
    Awaitable<void> wait() {
        if (!is_set_) co_await timer_.async_wait(use_tuple);
        is_set_ = false;
    }

  private:
    Timer timer_;
    bool is_set_ = false;
};

// Kept alive by its two coroutines; PendingReplies only knows it weakly, since replies may come after its end.
class DeferredSession : public std::enable_shared_from_this<DeferredSession> {
  public:
    DeferredSession(SessionContext& context, const LineServer::DeferredHandler& handler, Socket socket)
        : context_(context),
          handler_(handler),
          socket_(std::move(socket)),
          counted_(context),
          lines_(context.block, context.max_line),
          ready_(socket_.get_executor()),
          room_(socket_.get_executor()) {}

    void start() {
        replies_ = std::make_shared<PendingReplies>([weak = weak_from_this(), executor = socket_.get_executor()] {
            asio::post(executor, [weak] {
                if (const auto self = weak.lock()) self->ready_.set();
            });
        });
        asio::co_spawn(
            socket_.get_executor(), [self = shared_from_this()] { return self->send(); }, rethrow);
        asio::co_spawn(
            socket_.get_executor(), [self = shared_from_this()] { return self->receive(); }, rethrow);
    }

  private:
    static void rethrow(std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    }

    Awaitable<void> receive() {
        while (!received_last_ && !sent_last_ && !context_.ending) {
            const ReadResult received = co_await net::receive(context_, socket_, lines_);
            if (received.error) break;
            while (ask() && !context_.stopping) {
                while (in_flight_ >= kMaxInFlight && !sent_last_) co_await room_.wait();
            }
        }
        received_last_ = true;
        ready_.set();
    }

    // Hands one line to the handler; false where there is none.
    bool ask() {
        const wire::Line line = lines_.next();
        if (line.status == wire::LineStatus::incomplete || received_last_) return false;
        ++in_flight_;
        const Responder respond{replies_, replies_->reserve()};
        if (line.status == wire::LineStatus::complete) {
            handler_(line.text, respond);
        } else {
            received_last_ = true;
            respond(wire::error_line_too_long());
        }
        return true;
    }

    Awaitable<void> send() {
        std::string out;
        while (!sent_last_) {
            const auto ready = replies_->take_ready(out);
            in_flight_ = ready.left;
            room_.set();
            if (!out.empty()) {
                const std::error_code error = co_await async_send(socket_, out);
                sent_last_ = error || ready.last;
                out.clear();
            } else if (received_last_ && ready.left == 0) {
                sent_last_ = true;
            } else {
                co_await ready_.wait();
            }
        }
        room_.set();
        co_await async_close_gently(socket_);
    }

    SessionContext& context_;
    const LineServer::DeferredHandler& handler_;
    Socket socket_;
    OpenConnection counted_;
    wire::LineBuffer lines_;
    std::shared_ptr<PendingReplies> replies_;
    Event ready_;  // there may be replies to send, or none will come any more
    Event room_;   // there may be room for more requests
    std::size_t in_flight_ = 0;
    bool received_last_ = false;
    bool sent_last_ = false;
};

}  // namespace

Awaitable<void> serve_deferred(SessionContext& context, const LineServer::DeferredHandler& handler, Socket socket) {
    std::make_shared<DeferredSession>(context, handler, std::move(socket))->start();
    co_return;
}

}  // namespace station::net
