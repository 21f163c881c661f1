// One thread with an event loop, and the connections that live on it for their whole life. Everything of a connection
// is touched by its thread only, so that no session needs a lock; what comes from outside comes through the mailbox.
// Where there is no memory, a connection may end by it, but never the thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <station/base/descriptor.hpp>
#include <station/net/asio.hpp>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/mailbox.hpp"
#include "engine/publishing.hpp"
#include "engine/topic_news.hpp"
#include "server/counters.hpp"
#include "server/session/tail.hpp"
#include "server/session/transport.hpp"
#include "station.hpp"

namespace station::final_station {

using Clock = std::chrono::steady_clock;

struct AcceptedSocket {
    net::Socket socket;
    ConnectionSlot slot;
};

// What a thread asks of each of its connections.
class Connection {
  public:
    virtual ~Connection() = default;
    // About once a second: is anything overdue?
    virtual void tick(Clock::time_point now) = 0;
    // Read no more, answer what was accepted, say goodbye, end.
    virtual void shut_down() = 0;
    // End now.
    virtual void cut() noexcept = 0;
    // Adds how far its subscriptions are behind, by stream.
    virtual void add_lag(std::map<std::uint32_t, std::uint64_t>&) const {}
};

class IoThread {
  public:
    IoThread(Station& shared, std::size_t index);
    ~IoThread();

    void start();
    // Any thread: a connection that was accepted. std::bad_alloc, and then it is closed.
    void adopt(base::Descriptor descriptor, net::tcp protocol, Door door);
    // Any thread: ends all connections in good order, then the thread; what has not ended by then is cut.
    void shut_down(Clock::time_point deadline);
    void join() { thread_.join(); }
    std::size_t cut_connections() const { return cut_; }  // by the deadline; after join()
    // After join(), and once the bus is shut down: every publish that was taken gets its answer, and is counted.
    void settle();

    // The rest: this thread only.
    void add(std::shared_ptr<Connection> connection);
    void remove(Connection& connection);  // may destroy it
    // What an application has on this thread: it goes with it, after the connections.
    void keep(std::shared_ptr<void> its) { kept_.push_back(std::move(its)); }

    Station& station;
    asio::io_context io{net::kOneThread};
    Mailbox mailbox{io};
    PublishQueue publishing;
    Tail tail;
    TopicNews topic_news{mailbox};
    TransportContext transport{io};

  private:
    void run();
    void begin(base::Descriptor descriptor, ConnectionSlot slot, const net::tcp& protocol, Door door);
    void tick();
    void look_at_connections();
    void look_at_some();
    void begin_round();
    void shut_down_all(Clock::time_point deadline);
    void end_if_empty();
    void cut_all();

    std::size_t index_;
    std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
    std::vector<Connection*> round_;  // those that are looked at in this round; some may be gone by then
    std::size_t round_at_ = 0;
    std::size_t round_until_ = 0;  // in this tick
    HandlerMemory look_memory_;
    Turn look_turn_;
    bool looking_ = false;  // at some now, at the others of this tick in another turn
    std::map<std::uint32_t, std::uint64_t> lag_;
    HandlerMemory ticker_memory_;
    HandlerMemory shut_down_memory_;
    net::Timer ticker_{io};
    bool ticking_ = false;  // the ticker will call
    net::Timer deadline_{io};
    asio::executor_work_guard<net::Executor> work_{io.get_executor()};
    bool ending_ = false;
    std::size_t cut_ = 0;
    std::jthread thread_;
    std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace station::final_station
