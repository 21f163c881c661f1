#include <algorithm>
#include <station/base/base64.hpp>
#include <station/ledger/proof/detail/fields.hpp>
#include <station/log/config.hpp>
#include <utility>

namespace station::ledger {
namespace {

using Json = nlohmann::json;

bool is_lower_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Fields::Fields(std::string_view text) {
    // nlohmann skips a byte order mark and takes a NUL for the end of the text; neither is JSON.
    const bool is_plain = !text.starts_with("\xef\xbb\xbf") && text.find('\0') == std::string_view::npos;
    std::size_t names = 0;
    const auto count = [&](int depth, Json::parse_event_t event, const Json&) {
        names += depth == 1 && event == Json::parse_event_t::key ? 1 : 0;
        return true;
    };
    Json json = is_plain ? Json::parse(text, count, false) : Json{};
    if (!json.is_object()) {
        fail("no JSON object");
    } else if (json.size() != names) {
        fail("a field that is there twice");
    } else {
        for (auto& [name, value] : json.items()) object_.emplace(name, std::move(value));
    }
}

void Fields::fail(std::string what) {
    if (!error_) error_ = Error{Errc::bad_proof, std::move(what), std::nullopt};
    object_.clear();
}

Result<void> Fields::finish() {
    if (!object_.empty()) fail("an unknown field, " + Json(object_.begin()->first).dump(-1, ' ', true));
    if (error_) return tl::unexpected(*error_);
    return {};
}

Json Fields::take(const std::string& name) {
    const auto found = object_.find(name);
    if (found == object_.end()) {
        fail("no " + name);
        return {};
    }
    Json value = std::move(found->second);
    object_.erase(found);
    return value;
}

std::string Fields::text(const std::string& name) {
    const Json value = take(name);
    if (value.is_string()) return value.get<std::string>();
    fail(name + " is no text");
    return {};
}

std::uint64_t Fields::number(const std::string& name) {
    const Json value = take(name);
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    fail(name + " is no whole number");
    return 0;
}

template <std::size_t N>
std::array<std::byte, N> Fields::hex(const std::string& name, const Json& value) {
    std::array<std::byte, N> bytes{};
    const auto* const digits = value.get_ptr<const std::string*>();
    const auto decoded =
        digits != nullptr && digits->size() == 2 * N && is_lower_hex(*digits) ? from_hex(*digits) : std::nullopt;
    if (decoded) {
        std::ranges::copy(log::as_bytes(*decoded), bytes.begin());
    } else {
        fail(name + " is not " + std::to_string(2 * N) + " digits in hex");
    }
    return bytes;
}

log::EventId Fields::id_of(const std::string& name, const Json& value) {
    const auto* const digits = value.get_ptr<const std::string*>();
    const auto id = digits != nullptr ? log::EventId::from_text(*digits) : std::nullopt;
    if (id && id->to_text() == *digits) return *id;
    fail(name + " is no UUID");
    return {};
}

std::vector<std::byte> Fields::bytes_of(const std::string& name, const Json& value) {
    const auto* const letters = value.get_ptr<const std::string*>();
    const auto decoded = letters != nullptr ? base::decode_base64(*letters) : std::nullopt;
    if (!decoded || base::base64(*decoded) != *letters) {
        fail(name + " is no base64");
        return {};
    }
    const Bytes bytes = log::as_bytes(*decoded);
    return {bytes.begin(), bytes.end()};
}

log::EventId Fields::id(const std::string& name) { return id_of(name, take(name)); }

std::optional<log::EventId> Fields::id_or_null(const std::string& name) {
    if (const auto found = object_.find(name); found != object_.end() && found->second.is_null()) {
        object_.erase(found);
        return std::nullopt;
    }
    return id(name);
}

Hash Fields::hash(const std::string& name) { return {hex<Hash::kSize>(name, take(name))}; }

std::vector<Hash> Fields::path(const std::string& name) {
    const Json value = take(name);
    std::vector<Hash> path;
    if (!value.is_array()) fail(name + " is no array");
    // A tree of 2^64 leaves is 64 levels high; a consistency proof has one more.
    if (value.size() > 65) fail(name + " is too long");
    for (std::size_t i = 0; !error_ && i < value.size(); ++i) path.push_back({hex<Hash::kSize>(name, value[i])});
    return path;
}

std::vector<std::byte> Fields::bytes(const std::string& name) { return bytes_of(name, take(name)); }

std::optional<std::vector<std::byte>> Fields::bytes_or_null(const std::string& name) {
    const bool is_there = has(name);
    const Json value = take(name);
    if (!is_there || value.is_null()) return std::nullopt;
    return bytes_of(name, value);
}

Head Fields::head() {
    Head head;
    head.ledger = text("ledger");
    head.origin = id_or_null("origin");
    head.size = number("size");
    head.root = hash("root");
    if (has("key") || has("signature")) {
        Signature signature;
        signature.key.bytes = hex<PublicKey::kSize>("key", take("key"));
        signature.bytes = hex<Signature::kSize>("signature", take("signature"));
        head.signature = signature;
    }
    // With line ends in it, one signed text could be read as another.
    if (!error_ && !log::is_topic_name(head.ledger)) fail("ledger is no name of one");
    if (!error_ && head.origin.has_value() != (head.size > 0)) fail("origin and size contradict each other");
    return head;
}

nlohmann::ordered_json head_fields(const Head& head) {
    nlohmann::ordered_json fields{{"ledger", head.ledger}, {"origin", nullptr}, {"size", head.size}};
    if (head.origin) fields["origin"] = head.origin->to_text();
    fields["root"] = head.root.to_hex();
    if (head.signature) {
        fields["key"] = head.signature->key.to_hex();
        fields["signature"] = to_hex(head.signature->bytes);
    }
    return fields;
}

nlohmann::ordered_json path_field(const std::vector<Hash>& path) {
    auto hashes = nlohmann::ordered_json::array();
    for (const Hash& hash : path) hashes.push_back(hash.to_hex());
    return hashes;
}

std::string one_line(const nlohmann::ordered_json& fields) {
    return fields.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace station::ledger
