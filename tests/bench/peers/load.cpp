#include "load.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <unordered_map>

#include "connection.hpp"
#include "processor_time.hpp"

namespace station::peers {
namespace {

using namespace std::chrono_literals;

constexpr auto kStalled = 20s;
constexpr auto kProbeEvery = 50ms;  // at first: where many subscribe, a probe takes longer to reach them all

class Load {
  public:
    explicit Load(const LoadOptions& options);
    LoadResult run();

  private:
    void connect(Role role, std::size_t count);
    void settle();
    void begin();
    bool everyone_got(Clock::time_point probe) const;
    bool may_publish(Clock::time_point now) const;
    void publish_what_fits(Connection& connection);
    void publish_what_is_due();
    bool finished() const;
    Clock::duration patience() const;
    void wait(Clock::duration longest);
    void check_progress();
    LoadResult result() const;

    LoadOptions options_;
    Socket epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    Tally tally_;
    std::string payload_;
    std::vector<std::unique_ptr<Connection>> connections_;  // publishers first
    std::unordered_map<int, Connection*> by_descriptor_;
    Clock::time_point began_;
    ProcessorTime processor_at_begin_;
    std::uint64_t seen_events_ = 0;
    Clock::time_point last_progress_;
};

Load::Load(const LoadOptions& options) : options_{options}, payload_(options.size, 'x') {
    if (options_.size < kStampBytes && options_.kind != "publish") {
        throw std::invalid_argument{"a payload has at least 16 bytes"};
    }
    if (options_.kind == "replay") {
        if (options_.events == 0) throw std::invalid_argument{"how many --events are stored?"};
        connect(Role::replayer, 1);
        return;
    }
    if (options_.events == 0 && options_.seconds <= 0) throw std::invalid_argument{"how many --events or --seconds?"};
    const bool fanout = options_.kind == "fanout";
    connect(Role::publisher, fanout ? 1 : options_.connections);
    if (fanout) connect(Role::subscriber, options_.subscribers);
}

void Load::connect(Role role, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        ProtocolOptions protocol = options_.protocol;
        protocol.role = role;
        protocol.connection = static_cast<int>(connections_.size());
        auto& made = connections_.emplace_back(
            std::make_unique<Connection>(options_.port, protocol, options_.window, epoll_, tally_));
        by_descriptor_[made->descriptor()] = made.get();
    }
}

LoadResult Load::run() {
    if (options_.kind == "fanout") settle();
    begin();
    while (!finished()) {
        if (options_.rate > 0) publish_what_is_due();
        wait(patience());
        check_progress();
    }
    return result();
}

// Subscribes, and publishes probes until every subscriber has got the newest: then all of them are live, and as order
// is kept, nothing older is on its way.
void Load::settle() {
    for (const auto& connection : connections_) {
        if (connection->role() != Role::subscriber) continue;
        connection->subscribe();
        connection->flush();
    }
    Clock::time_point probe;
    Clock::duration pause = kProbeEvery;
    last_progress_ = Clock::now();
    while (probe == Clock::time_point{} || !everyone_got(probe) || tally_.answered < tally_.published) {
        const Clock::time_point now = Clock::now();
        if (now - last_progress_ > kStalled) throw std::runtime_error{"the subscribers get nothing"};
        if (now - probe > pause && connections_.front()->may_publish()) {
            if (probe != Clock::time_point{}) pause *= 2;
            probe = now;
            connections_.front()->publish(payload_, probe);
            connections_.front()->flush();
        }
        wait(kProbeEvery);
    }
    if (tally_.refused > 0) throw std::runtime_error{"the server refused: " + tally_.first_refusal};
    tally_ = {};
}

bool Load::everyone_got(Clock::time_point probe) const {
    return std::ranges::all_of(connections_, [&](const auto& connection) {
        return connection->role() != Role::subscriber || connection->last_stamp() == probe;
    });
}

void Load::begin() {
    processor_at_begin_ = ProcessorTime::now(options_.server);
    began_ = last_progress_ = Clock::now();
    tally_.last_answer = tally_.last_delivery = began_;
    for (const auto& connection : connections_) {
        if (connection->role() == Role::replayer) connection->subscribe();
        if (connection->role() == Role::publisher && options_.rate <= 0) publish_what_fits(*connection);
        connection->flush();
    }
}

bool Load::may_publish(Clock::time_point now) const {
    return (options_.events == 0 || tally_.published < options_.events) &&
           (options_.seconds <= 0 || std::chrono::duration<double>(now - began_).count() < options_.seconds);
}

void Load::publish_what_fits(Connection& connection) {
    const Clock::time_point now = Clock::now();
    while (connection.may_publish() && may_publish(now)) connection.publish(payload_, now);
}

void Load::publish_what_is_due() {
    Connection& publisher = *connections_.front();
    const Clock::time_point now = Clock::now();
    while (publisher.may_publish() && may_publish(now)) {
        const std::chrono::duration<double> after{static_cast<double>(tally_.published) / options_.rate};
        const Clock::time_point due = began_ + std::chrono::duration_cast<Clock::duration>(after);
        if (due > now) break;
        publisher.publish(payload_, due);
    }
    publisher.flush();
}

bool Load::finished() const {
    if (options_.kind == "replay") return tally_.delivered >= options_.events;
    if (may_publish(Clock::now()) || tally_.answered < tally_.published) return false;
    return options_.kind != "fanout" || tally_.delivered >= tally_.published * options_.subscribers;
}

// How long there is nothing to do but to take what comes.
Clock::duration Load::patience() const {
    if (options_.rate <= 0 || !connections_.front()->may_publish()) return 100ms;
    const std::chrono::duration<double> next{static_cast<double>(tally_.published) / options_.rate};
    const auto left = began_ + std::chrono::duration_cast<Clock::duration>(next) - Clock::now();
    return std::clamp<Clock::duration>(left, 0ms, 100ms);
}

void Load::wait(Clock::duration longest) {
    std::array<epoll_event, 256> events;
    const timespec timeout{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds{longest}.count()};
    const int count = ::epoll_pwait2(epoll_.get(), events.data(), events.size(), &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        Connection& connection = *by_descriptor_.at(event.data.fd);
        if ((event.events & ~EPOLLOUT) != 0) connection.receive();
        const bool measuring = began_ != Clock::time_point{};
        if (measuring && connection.role() == Role::publisher && options_.rate <= 0) publish_what_fits(connection);
        connection.flush();
    }
}

void Load::check_progress() {
    const std::uint64_t events = tally_.published + tally_.answered + tally_.delivered;
    const Clock::time_point now = Clock::now();
    if (events != seen_events_) {
        seen_events_ = events;
        last_progress_ = now;
    } else if (now - last_progress_ > kStalled) {
        throw std::runtime_error{"stalled: " + std::to_string(tally_.published) + " published, " +
                                 std::to_string(tally_.answered) + " answered, " + std::to_string(tally_.delivered) +
                                 " delivered, " + std::to_string(tally_.refused) + " refused " + tally_.first_refusal};
    }
}

LoadResult Load::result() const {
    if (options_.kind == "fanout" && tally_.delivered > tally_.published * options_.subscribers) {
        throw std::runtime_error{"more deliveries than there were events"};
    }
    const ProcessorTime processor = ProcessorTime::now(options_.server);
    const bool publishing = options_.kind == "publish";
    const auto& latency = publishing ? tally_.answer_latency : tally_.delivery_latency;
    const bool unheard = options_.kind == "fanout" && options_.subscribers == 0;  // what publishing alone costs
    const auto ended = publishing || unheard ? tally_.last_answer : tally_.last_delivery;
    LoadResult result;
    result.events = publishing ? tally_.answered - tally_.refused : tally_.delivered;
    result.refused = tally_.refused;
    result.first_refusal = tally_.first_refusal;
    result.seconds = std::chrono::duration<double>(ended - began_).count();
    const auto each_second = [&](double amount) { return result.seconds > 0 ? amount / result.seconds : 0; };
    result.rate = each_second(static_cast<double>(result.events));
    result.p50_us = static_cast<double>(latency.percentile(50)) / 1e3;
    result.p99_us = static_cast<double>(latency.percentile(99)) / 1e3;
    const double client = processor.client - processor_at_begin_.client;
    const double server = processor.server - processor_at_begin_.server;
    result.client_cpu = each_second(client);
    result.server_cpu = each_second(server);
    result.other_cpu = each_second(std::max(0.0, processor.machine - processor_at_begin_.machine - client - server));
    return result;
}

}  // namespace

LoadResult run_load(const LoadOptions& options) { return Load{options}.run(); }

}  // namespace station::peers
