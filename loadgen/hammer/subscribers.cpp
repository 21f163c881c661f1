#include <loadgen/hammer/subscribers.hpp>

#include <algorithm>
#include <cerrno>
#include <loadgen/hammer/payloads.hpp>
#include <loadgen/hammer/series.hpp>
#include <loadgen/hammer/text.hpp>
#include <utility>

namespace station::hammer {
namespace {

constexpr std::size_t kRoom = std::size_t{256} * 1024;
constexpr Nanoseconds kLookUp = std::chrono::milliseconds{10};  // for the end, and what is to be done then

Nanoseconds monotonic() { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace

bool DeliveryCheck::take(std::uint64_t offset) {
    if (offset < next_) {
        ++repeated_;
        return false;
    }
    const bool right = offset == next_;
    skipped_ += offset - next_;
    next_ = offset + 1;
    return right;
}

struct Subscribers::Subscriber final : StationSocket::Frames {
    Subscriber(Subscribers& crew, std::size_t which)
        : all(crew),
          number(which),
          protocol(crew.plan_.target, crew.plan_.token, subscribe_question(crew.plan_.topic),
                   static_cast<std::uint32_t>(which)) {}

    void on_frame(const wire::Frame& frame) override { all.delivered(*this, frame); }
    void on_other(std::string_view what) override { all.lose(*this, "a subscriber got " + shown(what)); }

    Subscribers& all;
    std::size_t number;
    Socket socket;
    StationSocket protocol;
    DeliveryCheck check;
    bool subscribed = false;
    bool lost = false;
    bool connecting = false;
};

Subscribers::Subscribers(const Plan& plan, std::span<const base::Address> addresses)
    : plan_(plan), addresses_(addresses), buffer_(kRoom) {
    for (std::size_t i = 0; i < plan.subscribers; ++i) all_.push_back(std::make_unique<Subscriber>(*this, i));
    thread_ = std::jthread{[this] { run(); }};
}

Subscribers::~Subscribers() {
    const std::lock_guard lock{mutex_};
    finishing_ = true;
}

void Subscribers::wait_until_subscribed() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, plan_.patience, [&] { return ready_; });
}

void Subscribers::begin(std::chrono::steady_clock::time_point run_began) {
    run_began_ = Nanoseconds{run_began.time_since_epoch()}.count();
}

void Subscribers::finish(std::optional<std::uint64_t> last, Nanoseconds patience, Result& result) {
    {
        const std::lock_guard lock{mutex_};
        until_ = last ? *last + 1 : 0;
        deadline_ = monotonic() + patience;
        finishing_ = true;
    }
    thread_.join();
    for (const auto& subscriber : all_) {
        seen_.missing += subscriber->check.skipped();
        seen_.repeated += subscriber->check.repeated();
        if (subscriber->subscribed && until_ > subscriber->check.next()) {
            seen_.missing += until_ - subscriber->check.next();
        }
    }
    seen_.subscribed = subscribed_;
    seen_.failed = plan_.subscribers - subscribed_ + lost_;
    if (result.first_error.empty()) result.first_error = first_error_;
    result.series.resize(std::max(result.series.size(), seen_.series.size()));
    for (std::size_t i = 0; i < seen_.series.size(); ++i) {
        result.series[i].delivered = seen_.series[i];
        if (result.series[i].at.count() == 0) result.series[i].at = kSliceTime * static_cast<Nanoseconds::rep>(i + 1);
    }
    result.deliveries = std::move(seen_);
}

void Subscribers::run() {
    for (const auto& subscriber : all_) connecting(*subscriber, subscriber->socket.connect(addresses_));
    while (true) {
        publish_readiness();
        {
            const std::lock_guard lock{mutex_};
            if (finishing_ && (all_have(until_) || monotonic() >= deadline_)) break;
        }
        for (const epoll_event& event : poller_.wait(kLookUp)) handle(event);
        delivered_.fetch_add(std::exchange(fresh_, 0), std::memory_order_relaxed);
    }
    for (const auto& subscriber : all_) {
        if (subscriber->lost) continue;
        subscriber->protocol.close();
        subscriber->socket.send(subscriber->protocol.unsent());
        subscriber->socket.close();
    }
}

void Subscribers::publish_readiness() {
    const auto settled = [](const auto& subscriber) { return subscriber->subscribed || subscriber->lost; };
    const std::lock_guard lock{mutex_};
    if (ready_ || !std::all_of(all_.begin(), all_.end(), settled)) return;
    ready_ = true;
    changed_.notify_all();
}

bool Subscribers::all_have(std::uint64_t next) const {
    return std::all_of(all_.begin(), all_.end(), [&](const auto& subscriber) {
        return subscriber->lost || (subscriber->subscribed && subscriber->check.next() >= next);
    });
}

// `error` is what Socket::connect() returned.
void Subscribers::connecting(Subscriber& subscriber, int error) {
    subscriber.connecting = true;
    if (error != 0 && error != EINPROGRESS) {
        return lose(subscriber, "cannot connect to " + net::to_string(plan_.target) + ": " + error_text(error));
    }
    if (const int refused = poller_.add(subscriber.socket.descriptor(), EPOLLIN | EPOLLOUT, subscriber.number)) {
        lose(subscriber, error_text(refused));
    }
}

void Subscribers::handle(const epoll_event& event) {
    Subscriber& subscriber = *all_[event.data.u64];
    if (subscriber.lost) return;
    if (std::exchange(subscriber.connecting, false)) {
        if (const int error = subscriber.socket.error()) {
            return connecting(subscriber, subscriber.socket.connect_next(addresses_, error));
        }
    }
    if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) receive(subscriber);
    if (!subscriber.lost) send(subscriber);
}

// Next to nothing: the greeting, the question, a pong.
void Subscribers::send(Subscriber& subscriber) {
    const std::string_view out = subscriber.protocol.unsent();
    const std::ptrdiff_t bytes = out.empty() ? 0 : subscriber.socket.send(out);
    if (bytes > 0) subscriber.protocol.sent(static_cast<std::size_t>(bytes));
    const bool more = !subscriber.protocol.unsent().empty();
    poller_.change(subscriber.socket.descriptor(), EPOLLIN | (more ? EPOLLOUT : 0U), subscriber.number);
}

void Subscribers::receive(Subscriber& subscriber) {
    const std::ptrdiff_t bytes = subscriber.socket.receive(buffer_);
    if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (bytes <= 0) return lose(subscriber, "the server ended a subscriber's connection");
    now_ = monotonic();
    subscriber.protocol.received({buffer_.data(), static_cast<std::size_t>(bytes)}, subscriber);
    if (!subscriber.protocol.problem().empty()) return lose(subscriber, subscriber.protocol.problem());
    notice_answer(subscriber);
}

void Subscribers::notice_answer(Subscriber& subscriber) {
    if (subscriber.subscribed || !subscriber.protocol.ready()) return;
    subscriber.subscribed = true;
    ++subscribed_;
    subscriber.check.begin(subscriber.protocol.from_offset());
}

void Subscribers::delivered(Subscriber& subscriber, const wire::Frame& frame) {
    if (frame.type != wire::FrameType::message) return lose(subscriber, "a subscriber got no MESSAGE");
    notice_answer(subscriber);  // which may have come in the same piece
    if (!subscriber.check.take(frame.offset) && first_error_.empty()) {
        first_error_ = "a subscriber got offset " + std::to_string(frame.offset) + " out of order";
    }
    ++seen_.events;
    ++fresh_;
    const auto began = Nanoseconds{run_began_.load(std::memory_order_relaxed)};
    if (began.count() == 0) return;
    const auto slice = static_cast<std::size_t>(std::max<Nanoseconds::rep>(0, (now_ - began) / kSliceTime));
    if (seen_.series.size() <= slice) seen_.series.resize(slice + 1);
    ++seen_.series[slice];
    seen_.elapsed = now_ - began;
    const auto stamp = stamp_of({reinterpret_cast<const char*>(frame.payload.data()), frame.payload.size()});
    if (stamp && now_ >= *stamp) seen_.latency.record(static_cast<std::uint64_t>((now_ - *stamp).count()));
}

void Subscribers::lose(Subscriber& subscriber, const std::string& why) {
    if (std::exchange(subscriber.lost, true)) return;
    if (subscriber.subscribed) ++lost_;
    if (first_error_.empty()) first_error_ = why;
    subscriber.socket.close();
}

}  // namespace station::hammer
