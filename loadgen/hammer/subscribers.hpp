// Subscribers beside the publishers: each has a WebSocket and gets a topic's events from "now" on. They check that
// every offset comes once and in order, and measure how long each event took from its publisher to them. They run on a
// thread of their own, so that what publishers do does not delay what is measured here.
#pragma once

#include <atomic>
#include <condition_variable>
#include <loadgen/hammer/plan.hpp>
#include <loadgen/hammer/poller.hpp>
#include <loadgen/hammer/result.hpp>
#include <loadgen/hammer/socket.hpp>
#include <loadgen/hammer/station_socket.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace station::hammer {

// What one subscriber has seen, without I/O.
class DeliveryCheck {
  public:
    void begin(std::uint64_t from_offset) { next_ = from_offset; }
    // True where it is the one that was to come.
    bool take(std::uint64_t offset);

    std::uint64_t next() const { return next_; }
    std::uint64_t skipped() const { return skipped_; }    // offsets that never came
    std::uint64_t repeated() const { return repeated_; }  // came again, or too late

  private:
    std::uint64_t next_ = 0;
    std::uint64_t skipped_ = 0;
    std::uint64_t repeated_ = 0;
};

class Subscribers {
  public:
    Subscribers(const Plan& plan, std::span<const base::Address> addresses);
    Subscribers(const Subscribers&) = delete;
    Subscribers& operator=(const Subscribers&) = delete;
    ~Subscribers();

    // Waits until all are subscribed, or can't be, or time is over.
    void wait_until_subscribed();
    // The series counts from here on.
    void begin(std::chrono::steady_clock::time_point run_began);
    std::uint64_t delivered() const { return delivered_.load(std::memory_order_relaxed); }
    // Waits until each has everything up to `last`, or `patience` is over; adds what was seen to the result.
    void finish(std::optional<std::uint64_t> last, Nanoseconds patience, Result& result);

  private:
    struct Subscriber;

    void run();
    void connecting(Subscriber& subscriber, int error);
    void handle(const epoll_event& event);
    void receive(Subscriber& subscriber);
    void send(Subscriber& subscriber);
    void notice_answer(Subscriber& subscriber);
    void lose(Subscriber& subscriber, const std::string& why);
    void delivered(Subscriber& subscriber, const wire::Frame& frame);
    bool all_have(std::uint64_t next) const;
    void publish_readiness();

    const Plan& plan_;
    std::span<const base::Address> addresses_;
    std::vector<std::unique_ptr<Subscriber>> all_;
    std::size_t subscribed_ = 0;
    std::size_t lost_ = 0;
    Poller poller_;
    std::vector<char> buffer_;
    Deliveries seen_;
    std::string first_error_;
    Nanoseconds now_{0};  // on the monotonic clock
    std::uint64_t fresh_ = 0;

    std::atomic<std::uint64_t> delivered_{0};
    std::atomic<Nanoseconds::rep> run_began_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ready_ = false;  // guarded, as what follows
    bool finishing_ = false;
    std::uint64_t until_ = 0;  // the offset behind the last one to wait for
    Nanoseconds deadline_{0};
    std::jthread thread_;
};

}  // namespace station::hammer
