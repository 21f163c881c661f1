// A folder of topics, open. One process at a time owns it for writing; any number may open it for reading and follow.
//
//   auto bus = log::Bus::open({.dir = "data"});     // durable before it is acknowledged
//   auto topic = bus->topic("metrics");
//   auto receipt = topic->publish("cpu=0.82");
//   auto cursor = topic->subscribe(log::StartFrom::beginning());
//   while (auto batch = cursor.next_batch())
//       for (const log::EventView& event : *batch) handle(event);
//
// Any thread may call anything. docs/embedding.md has a whole program, docs/storage.md the files.
#pragma once

#include <memory>
#include <station/log/config.hpp>
#include <station/log/topic.hpp>
#include <string_view>
#include <vector>

namespace station::log {

class Bus {
  public:
    // Recovers every topic in the folder. A topic with damage is there for reading; see Topic::recovery().
    static Result<Bus> open(BusConfig config);

    Bus(Bus&&) noexcept;
    Bus& operator=(Bus&&) noexcept;
    ~Bus();  // shutdown()

    // Makes the topic where there is none, unless the bus is read-only.
    tl::expected<Topic, std::error_code> topic(std::string_view name);
    std::vector<Topic> topics() const;  // by stream number

    // For good: publishes that wait are refused and cursors end, both with Errc::topic_deleted, and the folder goes.
    // Its number is never given to another topic. A crash on the way leaves the topic whole or gone.
    // Errc::no_such_topic, Errc::read_only, and Errc::ledger_topic of a ledger's, which is never deleted. Another
    // error: where the topic is still there, nothing has happened; where it is not, what is left of its folder goes at
    // the next start, or when a topic of its name is made.
    std::error_code delete_topic(std::string_view name);

    // Answers all publishes that are queued, syncs, ends all waits with Errc::closed, and gives the folder back. The
    // first error of a topic, if any; what was acknowledged is safe even then.
    std::error_code shutdown();

    class Core;

  private:
    explicit Bus(std::shared_ptr<Core> core);
    std::shared_ptr<Core> core_;
};

}  // namespace station::log
