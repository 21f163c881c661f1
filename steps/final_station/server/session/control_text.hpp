// What the station answers to control texts, and says to subscribers in JSON: docs/protocol.md, "Control texts". Each
// is one compact object, with the client's `ref` at its end where there was one. No I/O; any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/engine.hpp"
#include "server/counters.hpp"

namespace station::final_station {

// {"type":"error","reason":"…","detail":"…"}
std::string control_error(std::string_view reason, std::string_view detail, std::string_view ref);
// The same of an error, in the words of refusal.hpp and of the error itself.
std::string control_error(std::error_code error, std::string_view ref);

std::string opened_text(const engine::Topic& topic, std::string_view ref);
std::string subscribed_text(const engine::Topic& topic, const log::Start& start, std::string_view ref);
std::string unsubscribed_text(std::string_view topic, std::string_view ref);
std::string published_text(const engine::Topic& topic, const log::Receipt& receipt, std::string_view ref);
std::string authorized_text(std::string_view ref);
std::string health_text(bool ready, std::string_view ref);
std::string metrics_text(const metrics::Counts& counts, std::string_view ref);

// What `subscribed` says, as HTTP's headers: Station-From-Offset and so on, each with its line's end.
std::string start_headers(const log::Start& start);

// Those of the line door, which say "status" where control texts say "type".
void append_accepted_line(std::string& out, const log::Receipt& receipt);  // with its '\n'
std::string rejected_line(std::string_view reason);
std::string health_line(bool ready, std::string_view ref);
std::string metrics_line(const metrics::Counts& counts, std::string_view ref);

// A notice to a subscriber whose events are lost: {"type":"error","reason":"damaged",…}.
// {"type":"lost","topic":"t","stream":2,"from":5,"to":17,"complete":false}: events that went by retention before this
// reader came to them.
std::string lost_text(const engine::Topic& topic, const log::Lost& lost);
std::string damage_text(const engine::Topic& topic, const log::Damage& damage);
// {"type":"message","topic":…,…} of the line door.
void append_message(std::string& out, std::string_view topic, const log::EventView& event);
std::string message_text(std::string_view topic, const log::EventView& event);

// ,"ref":… or nothing.
std::string ref_member(std::string_view ref);

}  // namespace station::final_station
