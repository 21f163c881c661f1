// The ledger's bytes: an event that is read is written again as it was; a payload's size is that of one value, and JSON
// and MessagePack are to each other what nlohmann makes of them.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <station/ledger/event/event.hpp>
#include <station/ledger/wire/json.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <string>

#include "fuzz.hpp"

using namespace station;
using ledger::Bytes;
using Json = nlohmann::ordered_json;

namespace {

void check_event(Bytes bytes) {
    const auto event = ledger::decode_event(bytes);
    if (!event) return;
    ledger::EventEncoder encoder{event->entity, event->scope, event->payload};
    ledger::Hash hash;
    const Bytes again = encoder.encode(event->header, event->prev_hash, event->idempotency_key, event->batch, hash);
    fuzz::require(again.size() == bytes.size(), "an event has one length");
    // The hashes are made anew; what they should have been is not what a stranger's bytes say.
    std::vector<std::byte> expected{bytes.begin(), bytes.end()};
    const auto place_of = [&](const std::byte* at) { return expected.begin() + (at - bytes.data()); };
    const Bytes header = event->header_bytes;
    std::ranges::copy(encoder.content_hash().bytes, place_of(header.data() + header.size()) - ledger::Hash::kSize);
    const std::byte* const entity = reinterpret_cast<const std::byte*>(event->entity.data());
    const std::ptrdiff_t before_entity = 7 + (event->entity.size() < 32 ? 1 : 2);
    std::ranges::copy(hash.bytes, place_of(entity) - before_entity - ledger::Hash::kSize);
    fuzz::require(std::ranges::equal(again, expected), "an event has one form");
    fuzz::require(ledger::hash_of(*ledger::decode_event(again)) == hash, "the hash is that of what was written");
}

void check_value(Bytes bytes) {
    const auto size = ledger::value_size(bytes);
    ledger::PackReader reader{bytes};
    fuzz::require(reader.value().size() == size.value_or(0) && reader.ok() == size.has_value(), "one reader, one size");
    if (!size) return;
    fuzz::require(*size <= bytes.size(), "nothing is read that is not there");
    fuzz::require(!ledger::value_size(bytes.first(*size - 1)), "no part of a value is one");
    const auto text = ledger::pack_to_json(bytes.first(*size));
    if (!text) return;
    const char* const begin = reinterpret_cast<const char*>(bytes.data());
    const Json theirs = Json::from_msgpack(begin, begin + *size, true, false);
    fuzz::require(theirs == Json::parse(*text, nullptr, false), "JSON holds what nlohmann reads");
    const auto again = ledger::json_to_pack(*text);
    fuzz::require(again && ledger::pack_to_json(*again) == text, "JSON comes back as it was");
}

int depth_of(std::string_view text) {
    int deepest = 0;
    const auto look = [&](int depth, Json::parse_event_t event, Json&) {
        const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
        deepest = std::max(deepest, opens ? depth + 1 : 0);
        return true;
    };
    return Json::parse(text, look).is_discarded() ? 0 : deepest;
}

void check_json(std::string_view text) {
    const auto pack = ledger::json_to_pack(text);
    // nlohmann takes a NUL for the end, and skips a byte order mark.
    const bool is_json = text.find('\0') == std::string_view::npos && !text.starts_with("\xEF\xBB\xBF") &&
                         Json::accept(text) && depth_of(text) <= ledger::kMaxDepth;
    fuzz::require(pack.has_value() == is_json, "JSON is what nlohmann takes for it");
    if (!pack) return;
    const char* const begin = reinterpret_cast<const char*>(pack->data());
    fuzz::require(Json::from_msgpack(begin, begin + pack->size()) == Json::parse(text), "the value is the same");
    fuzz::require(!ledger::check_payload(*pack), "JSON is a payload");
    const auto again = ledger::pack_to_json(*pack);
    fuzz::require(again && *ledger::json_to_pack(*again) == *pack, "MessagePack made of JSON comes back as it was");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes = std::as_bytes(std::span{data, size});
    check_event(bytes);
    check_value(bytes);
    check_json(fuzz::as_text(data, size));
    return 0;
}
