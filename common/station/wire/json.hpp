// The part of JSON that a request needs: which of four known fields stand at the top level, and of what kind they
// are. A SAX handler, so no tree is built and nothing is kept of what a client adds beside them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace station::wire {

// A value that is neither string nor integer: only its presence matters.
struct OtherValue {};

using FieldValue = std::variant<OtherValue, std::string, std::int64_t>;

struct Fields {
    bool is_object = false;
    std::optional<FieldValue> type, user, action, amount;  // of a doubled key the last one
};

// nullopt where `text` is not exactly one JSON value in valid UTF-8, or is nested deeper than `max_depth`.
std::optional<Fields> scan_fields(std::string_view text, int max_depth);
// The same of any text in the same way: what it must agree with, for tests.
std::optional<Fields> scan_fields_by_library(std::string_view text, int max_depth);

// `text` with what JSON needs escaped, without quotes around it.
std::string escape_json(std::string_view text);

}  // namespace station::wire
