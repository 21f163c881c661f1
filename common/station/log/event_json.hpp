// An event as people and programs outside see it, one line of JSON:
//   {"topic":"lobby","offset":7,"id":"…","time":1700000000000000000,"payload":"…"}
// A payload that is not UTF-8 comes as "payload_base64"; "headers" is there where the event has any.
#pragma once

#include <station/log/record.hpp>
#include <string>
#include <string_view>

namespace station::log {

// At the end of `out`; with {"type":"…", first where a type is named.
void append_event_json(std::string& out, std::string_view topic, const Record& event, std::string_view type = {});
std::string event_json(std::string_view topic, const Record& event);

}  // namespace station::log
