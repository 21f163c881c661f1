// What an engine can say that this machine's log can't. Everything else it says in log::Errc's words.
#pragma once

#include <system_error>

namespace station::engine {

enum class Errc {
    not_supported = 1,  // see Engine::capabilities()
    unavailable,        // nobody answered in time: not known to be stored, and it may still appear
    fenced,             // a younger station writes to the topic: no more publishes through this one
    overtaken,          // another program's event came in between: not stored
    foreign,            // what is there under the topic's name was not made for it
};

const std::error_category& engine_category();
std::error_code make_error_code(Errc code);

}  // namespace station::engine

template <>
struct std::is_error_code_enum<station::engine::Errc> : std::true_type {};
