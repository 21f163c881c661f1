// The members of a JSON object as they were written: values are not interpreted, so that what a client wants echoed
// comes back digit by digit. For text that is known to be valid JSON (scan_fields() says so). No I/O; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace station::wire {

struct Member {
    std::string key;
    std::string_view raw;  // a view of the text, without the spaces around it
};

// nullopt where the text is no object.
std::optional<std::vector<Member>> members_of(std::string_view valid_json);

// What a JSON string says; nullopt where `raw` is none.
std::optional<std::string> unquote(std::string_view raw);

}  // namespace station::wire
