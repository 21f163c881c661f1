// JSON of the plain sort, straight to MessagePack: no escapes, no fractions, integers of up to 18 digits, up to 15 members
// and none twice. Most of what is appended is, and this takes a seventh of the time. Whatever else it is, right or wrong,
// is for the parser that knows all of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace station::ledger::detail {

// nullopt: not of the plain sort.
std::optional<std::vector<std::byte>> plain_json_to_pack(std::string_view json);

}  // namespace station::ledger::detail
