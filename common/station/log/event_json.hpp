// An event as people and programs outside see it, one line of JSON:
//   {"topic":"lobby","offset":7,"id":"…","time":1700000000000000000,"payload":"…"}
// A payload that is not UTF-8 comes as "payload_base64"; "headers" is there where the event has any.
#pragma once

#include <station/log/record.hpp>
#include <string>
#include <string_view>

namespace station::log {

std::string event_json(std::string_view topic, const Record& event);

}  // namespace station::log
