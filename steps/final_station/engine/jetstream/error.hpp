// What JetStream can say that a log can't. Functions return std::error_code, or log::Result, as the log's own do;
// sizes that don't fit are log::Errc::payload_too_large and headers_too_large.
#pragma once

#include <station/log/error.hpp>
#include <string>
#include <system_error>

namespace station::jetstream {

enum class Errc {
    unavailable = 1,  // nobody has answered in time: not known to be stored, and it may still appear
    fenced,           // a younger station writes to the topic: no more publishes until this one is started again
    overtaken,        // another program's event came in between, and this one was left out: not stored
    no_stream,
    other_settings,  // the stream is there, with settings that are not those asked for
    refused,         // JetStream's own reason stands in the error's text
    bad_answer,      // not what the protocol has in this place
    bad_url,
    unreachable,  // no server at any of the addresses, or one that lets nobody in
};

const std::error_category& jetstream_category();
std::error_code make_error_code(Errc code);

}  // namespace station::jetstream

template <>
struct std::is_error_code_enum<station::jetstream::Errc> : std::true_type {};
