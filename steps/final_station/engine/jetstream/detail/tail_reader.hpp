// Reads what a stream holds behind a sequence: which events, and whose. Asks the stream's leader, since a replica may
// lag behind, and asks again where no answer comes, for as long as it takes. An actor's: the loop's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <station/log/event_id.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/jetstream/connection.hpp"
#include "loop.hpp"

namespace station::jetstream {

class TailReader {
  public:
    struct Event {
        std::uint64_t sequence = 0;
        log::EventId id;
        std::optional<log::EventId> writer;
    };
    struct Tail {
        std::uint64_t last = 0;
        std::vector<Event> events;  // by sequence; one that was deleted is nobody's
    };
    enum class Depth { all, last_event };

    // Answers come to `inbox`.<something>, and whoever gets them hands them to arrived().
    TailReader(const Connection& connection, std::string_view topic, std::string inbox);

    // What is behind `after`, asked for after a pause. Where the stream ends before it, its leader has not caught up,
    // or has lost what it had acknowledged: it is asked again for some seconds, and then believed.
    void begin(std::uint64_t after, Depth depth, Clock::time_point now, std::chrono::milliseconds pause);
    void again(Clock::time_point now);  // the connection is another one: no answer will come
    bool is_reading() const { return is_reading_; }

    // `token` is what follows the inbox and its dot. The tail, once it is whole.
    std::optional<Tail> arrived(std::string_view token, std::string_view body, Clock::time_point now);
    void tick(Clock::time_point now);

  private:
    void ask(Clock::time_point now);
    void fail(Clock::time_point now);
    void took_state(std::string_view body, Clock::time_point now);
    void ask_for_more(Clock::time_point now);
    std::string reply(const char* what) const;

    const Connection& connection_;
    const std::string stream_;
    const std::string inbox_;
    std::uint64_t after_ = 0;
    Depth depth_ = Depth::all;
    bool is_reading_ = false;
    bool is_asked_ = false;
    std::uint64_t round_ = 0;   // answers of earlier ones are passed by
    std::uint64_t next_ = 0;    // the next sequence to ask for
    std::size_t expected_ = 0;  // answers
    unsigned failures_ = 0;
    Clock::time_point behind_since_;  // the leader's end was before after_
    bool is_behind_ = false;
    bool is_whole_ = false;
    Clock::time_point deadline_;  // of the answer, or of the next question
    Tail tail_;
    std::map<std::uint64_t, Event> got_;
};

}  // namespace station::jetstream
