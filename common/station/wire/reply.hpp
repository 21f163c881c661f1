// What a server answers: compact JSON, one line each, keys in the order of docs/protocol.md. The line's '\n' is added
// by who sends it.
#pragma once

#include <cstdint>
#include <station/wire/request.hpp>
#include <string>
#include <string_view>

namespace station::wire {

struct Reply {
    std::string text;
    bool last = false;  // the connection closes once this and the replies before it are sent
};

Reply accepted();                      // {"status":"accepted"}
Reply ok();                            // {"status":"ok"}
Reply ok(std::int64_t balance);        // {"status":"ok","balance":110}
Reply rejected_server_busy();          // {"status":"rejected","reason":"server_busy"}
Reply rejected_shutting_down();        // {"status":"rejected","reason":"shutting_down"}, the last one
Reply error_line_too_long();           // {"status":"error","reason":"line_too_long"}, the last one
Reply error_balance_overflow();        // {"status":"error","reason":"balance_overflow"}
Reply error(const RequestError& why);  // {"status":"error","reason":"invalid_event","detail":"…"}

}  // namespace station::wire
