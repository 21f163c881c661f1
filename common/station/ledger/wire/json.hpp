// JSON and MessagePack, each from the other. Keys keep their order; of a key that an object has twice the last value
// counts, at the first one's place, as in JavaScript. Integers from -2^63 to 2^64-1 become ints in their shortest
// form, other numbers (1.0 and 1e2 too) floats of 64 bits, which are written so that they are read as the same float
// again. The other way there is not always one: bin, ext, strings that are no UTF-8, keys that are no strings,
// doubled keys, floats that are no finite number. No I/O; any thread.
#pragma once

#include <optional>
#include <station/ledger/error.hpp>
#include <station/ledger/wire/payload_of.hpp>
#include <station/log/bytes.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::ledger {

using log::Bytes;

// Errc::bad_payload, with what is wrong and where (bytes are counted from 1), for what is no JSON, is deeper than 64
// levels, or has a number that no float of 64 bits can hold (1e999).
Result<std::vector<std::byte>> json_to_pack(std::string_view json);

// Compact; nullopt where JSON can't hold the value, or where `pack` is not exactly one value.
std::optional<std::string> pack_to_json(Bytes pack);

// A text that is JSON, as a payload: store.append(…, JsonText{R"({"amount":5})"}). What is no JSON becomes no
// payload, and is refused as one.
struct JsonText {
    std::string text;
};

template <>
struct PayloadOf<JsonText> {
    static std::vector<std::byte> encode(const JsonText& json);
    static Result<JsonText> decode(Bytes payload);
};

}  // namespace station::ledger
