// Reads a JSON text from front to back, once, and keeps none of it: the members of an object are shown as they were
// written, so that what a client wants echoed comes back digit by digit. Exactly RFC 8259 in valid UTF-8 (no lone
// surrogates), not deeper than kMaxDepth. No I/O; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace station::wire {

// `key` as it reads (valid in the call), `raw` a view of the text, without the spaces around it.
using OnMember = std::function<void(std::string_view key, std::string_view raw)>;

enum class JsonText { object, other, invalid };

// Of an object, each member is shown as it is met: those before a mistake have been shown when it is found.
JsonText read_members(std::string_view text, const OnMember& on_member);

// The same of an array's elements; false where the text is no array.
bool read_elements(std::string_view text, const std::function<void(std::string_view raw)>& on_element);

// For a `raw` of these.
std::optional<std::string> read_string(std::string_view raw);  // nullopt where it is none
std::optional<bool> read_bool(std::string_view raw);

}  // namespace station::wire
