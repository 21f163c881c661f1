// The simplest model of a topic there is: a list of events. What the log says is compared with it.
#pragma once

#include "random.hpp"

#include <log_simulated_disk.hpp>
#include <station/log/bus.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::lab {

using test::SimulatedDisk;

inline constexpr const char* kFolder = "/data";

struct Event {
    std::string payload;
    std::string headers;  // as they lie on disk
    log::EventId id;
    std::int64_t time = 0;

    friend bool operator==(const Event&, const Event&) = default;
};

using Events = std::vector<Event>;

log::BusConfig small_config(SimulatedDisk& disk, log::Durability durability = {});
log::Bus open_bus(log::BusConfig config);
log::Topic open_topic(log::Bus& bus, std::string_view name);

log::Path segment_path(std::uint32_t number, std::string_view topic = "t");
log::Path index_path(std::uint32_t number, std::string_view topic = "t");

Event to_event(const log::EventView& view);

// All that `from` gives, at once, from the topic's first offset on. Offsets must be dense, ids must increase, times
// must not go back; damage is a failure.
Events read_all(log::Topic& topic, const log::StartFrom& from = log::StartFrom::beginning());

// What the topic keeps, of one moment: retention has threads of its own.
struct Kept {
    std::size_t first = 0;  // offset of the first event
    Events events;
};
Kept read_kept(log::Topic& topic);

// Throws where the two differ in their common part; `what` says whose they are.
void expect_same_beginning(const Events& found, const Events& wanted, std::string_view what);

// Asks by offset, time and id, for what is there and what is not, with and without the event itself, and compares with
// what a walk through the list finds. What was before the topic's first offset is not missed.
void check_look_ups(log::Topic& topic, const Events& model, Random& random);

// A cursor that stays, and is polled now and then for a few events: it must give the list, one after the other.
class Follower {
  public:
    Follower(log::Topic& topic, std::size_t from);

    void follow(const Events& model, Random& random);
    // After a close: all that is left, and then that it is closed.
    void follow_to_the_end(const Events& model);

  private:
    std::size_t take(log::Cursor::Batch batch, const Events& model);
    bool jumps(std::error_code error, const Events& model);

    log::Cursor cursor_;
    std::size_t at_;
};

}  // namespace station::lab
