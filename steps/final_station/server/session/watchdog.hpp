// What a connection may not do, or leave undone, for too long. It looks about once a second at what has happened, and
// says what is to be done about it; it knows no socket and sets no timer. What counts is progress: a slow client that
// goes on may go on.
//
// Belongs to its connection's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace station::final_station {

class Watchdog {
  public:
    using Clock = std::chrono::steady_clock;

    struct Rules {
        std::chrono::milliseconds request_timeout{8000};     // for a message, from its first byte to its last
        std::size_t slowest_upload = 4096;                   // bytes a second with which a message may take longer
        std::chrono::milliseconds slow_reader{300'000};      // for a client to take anything of what waits for it
        std::optional<std::chrono::milliseconds> ping = {};  // silence after which the client is asked whether it lives
        std::optional<std::chrono::milliseconds> idle = {};  // silence both ways after which it is let go
        std::optional<std::chrono::milliseconds> login = {};  // for a stranger to show a token
    };

    struct Seen {
        bool open = true;             // requests are still taken
        bool reading = true;          // the server would take what the client sends
        bool blocked = false;         // the client does not read what waits for it
        bool inside_message = false;  // one has begun, and its end is not here
        bool stranger = false;        // has yet to show a token
        std::uint64_t messages = 0;   // that came whole, so far
        std::uint64_t bytes = 0;      // that came, so far
        Clock::time_point last_read;
        Clock::time_point last_sent;
    };

    enum class Verdict { fine, slow_reader, slow_upload, ping, dead, idle, stranger };

    Watchdog(const Rules& rules, Clock::time_point now)
        : rules_(rules), began_(now), looked_(now), heard_(now), message_began_(now) {}

    // What is read now begins a message.
    void message_begins(Clock::time_point now) { message_began_ = now; }
    Verdict look(const Seen& seen, Clock::time_point now);

  private:
    bool is_upload_slow(const Seen& seen, Clock::time_point now);
    Verdict look_at_silence(const Seen& seen, Clock::time_point now, bool stood_still);

    const Rules rules_;
    const Clock::time_point began_;
    Clock::time_point looked_;
    Clock::time_point heard_;          // of the client, or when it could not be heard
    Clock::time_point message_began_;  // the one that comes in, or will; or when that was read again
    std::optional<Clock::time_point> pinged_;
    bool in_message_ = false;
    Clock::time_point mark_;  // since when the message that is coming in has been watched
    std::uint64_t bytes_at_mark_ = 0;
    std::uint64_t messages_at_mark_ = 0;
};

}  // namespace station::final_station
