// JSON and MessagePack, each from the other. Keys keep their order. Integers from -2^63 to 2^64-1 become ints in their
// shortest form, other numbers floats of 64 bits. The other way there is not always one: bin, ext, strings that are no
// UTF-8, keys that are no strings, doubled keys, floats that are no number.
#pragma once

#include <optional>
#include <station/ledger/error.hpp>
#include <station/log/bytes.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::ledger {

using log::Bytes;

// Errc::bad_payload, with what is wrong and where, for what is no JSON or is deeper than 64 levels.
Result<std::vector<std::byte>> json_to_pack(std::string_view json);

// Compact; nullopt where JSON can't hold the value. `pack` is one valid value.
std::optional<std::string> pack_to_json(Bytes pack);

}  // namespace station::ledger
