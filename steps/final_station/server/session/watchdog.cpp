#include "watchdog.hpp"

#include <algorithm>

namespace station::final_station {
namespace {

// Between two looks lies about a second. Where it was much more, this process stood still: what clients sent meanwhile
// is here and not yet read, and no silence of theirs.
constexpr std::chrono::seconds kStoodStill{5};

}  // namespace

Watchdog::Verdict Watchdog::look(const Seen& seen, Clock::time_point now) {
    const bool stood_still = now - looked_ >= kStoodStill;
    looked_ = now;
    if (seen.blocked && now - seen.last_sent > rules_.slow_reader && !stood_still) return Verdict::slow_reader;
    if (is_upload_slow(seen, now) && !stood_still) return Verdict::slow_upload;
    if (seen.stranger && rules_.login && seen.open && now - began_ > *rules_.login) return Verdict::stranger;
    if (rules_.idle && now - std::max(seen.last_read, seen.last_sent) > *rules_.idle) return Verdict::idle;
    return rules_.ping ? look_at_silence(seen, now, stood_still) : Verdict::fine;
}

// A message that has begun must go on: at slowest_upload, or be whole within the request timeout.
bool Watchdog::is_upload_slow(const Seen& seen, Clock::time_point now) {
    const bool inside = seen.open && seen.reading && seen.inside_message;
    const auto watch_since = [&](Clock::time_point since) {
        in_message_ = inside;
        mark_ = since;
        bytes_at_mark_ = seen.bytes;
        messages_at_mark_ = seen.messages;
        return false;
    };
    if (!seen.reading) message_began_ = now;  // what it has waited until now was no time of the client's
    if (seen.messages != messages_at_mark_) return watch_since(now);
    if (!inside || !in_message_) return watch_since(message_began_);
    const auto waited = now - mark_;
    if (waited < rules_.request_timeout) return false;
    const auto seconds = std::chrono::duration<double>(waited).count();
    const auto came = static_cast<double>(seen.bytes - bytes_at_mark_);
    watch_since(now);
    return came < seconds * static_cast<double>(rules_.slowest_upload);
}

// Silence counts while the client could be heard and could answer: one that does not read has the slow reader's time,
// and one that is not read from may be saying all it has to say.
Watchdog::Verdict Watchdog::look_at_silence(const Seen& seen, Clock::time_point now, bool stood_still) {
    heard_ = std::max(heard_, seen.last_read);
    if (!seen.open || !seen.reading || seen.blocked || stood_still) heard_ = now;
    if (now - heard_ < *rules_.ping) {
        pinged_.reset();
        return Verdict::fine;
    }
    if (!pinged_) {
        pinged_ = now;
        return Verdict::ping;
    }
    return now - *pinged_ >= *rules_.ping ? Verdict::dead : Verdict::fine;
}

}  // namespace station::final_station
