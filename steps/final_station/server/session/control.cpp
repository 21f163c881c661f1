#include "control.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <station/base/base64.hpp>
#include <station/base/utf8.hpp>
#include <station/wire/json.hpp>
#include <station/wire/members.hpp>
#include <station/wire/request.hpp>
#include <utility>

#include "server/station.hpp"

namespace station::final_station {
namespace {

using wire::Member;

constexpr std::array<std::pair<std::string_view, Control::Type>, 8> kTypes{{
    {"open", Control::Type::open},
    {"topics", Control::Type::topics},
    {"subscribe", Control::Type::subscribe},
    {"unsubscribe", Control::Type::unsubscribe},
    {"publish", Control::Type::publish},
    {"metrics", Control::Type::metrics},
    {"health", Control::Type::health},
    {"auth", Control::Type::auth},
}};

bool needs_topic(Control::Type type) {
    return type == Control::Type::open || type == Control::Type::subscribe || type == Control::Type::unsubscribe ||
           type == Control::Type::publish;
}

std::optional<bool> read_bool(std::string_view raw) {
    if (raw == "true") return true;
    if (raw == "false") return false;
    return std::nullopt;
}

constexpr const char* kFromRule =
    "from must be \"beginning\", \"now\", {\"offset\":n}, {\"time\":ns} or {\"event\":\"<uuid>\"}";

std::optional<log::StartFrom> read_from(std::string_view raw, log::Edge edge) {
    if (const auto text = wire::unquote(raw)) return log::StartFrom::parse(*text, edge);
    const auto members = wire::members_of(raw);
    if (!members || members->size() != 1) return std::nullopt;
    const Member& place = members->front();
    // A number, or, since JavaScript's lose the last digits, a string of digits.
    const std::string value = wire::unquote(place.raw).value_or(std::string{place.raw});
    if (place.key != "offset" && place.key != "time" && place.key != "event") return std::nullopt;
    return log::StartFrom::parse(place.key + ":" + value, edge);
}

std::optional<log::Headers> read_headers(std::string_view raw) {
    const auto members = wire::members_of(raw);
    if (!members) return std::nullopt;
    log::Headers headers;
    for (const Member& member : *members) {
        auto value = wire::unquote(member.raw);
        if (!value) return std::nullopt;
        headers.emplace_back(member.key, std::move(*value));
    }
    return headers;
}

// Reads one member into `control`; a text says what is wrong with it.
std::optional<std::string> read_member(const Member& member, Control& control, log::Edge edge) {
    if (member.key == "topic") {
        auto topic = wire::unquote(member.raw);
        if (!topic) return "topic must be a string";
        control.topic = std::move(*topic);
    } else if (member.key == "from") {
        control.from = read_from(member.raw, edge);
        if (!control.from) return kFromRule;
    } else if (member.key == "meta") {
        const auto meta = read_bool(member.raw);
        if (!meta) return "meta must be true or false";
        control.meta = *meta;
    } else if (member.key == "payload") {
        auto payload = wire::unquote(member.raw);
        if (!payload) return "payload must be a string";
        control.payload = std::move(*payload);
    } else if (member.key == "payload_base64") {
        const auto text = wire::unquote(member.raw);
        auto payload = text ? base::decode_base64(*text) : std::nullopt;
        if (!payload) return "payload_base64 must be a string of base64";
        control.payload = std::move(*payload);
    } else if (member.key == "headers") {
        auto headers = read_headers(member.raw);
        if (!headers) return "headers must be an object of strings";
        control.headers = std::move(*headers);
    } else if (member.key == "token") {
        auto token = wire::unquote(member.raw);
        if (!token) return "token must be a string";
        control.token = std::move(*token);
    }
    return std::nullopt;
}

const Member* find(const std::vector<Member>& members, std::string_view key) {
    const Member* found = nullptr;  // of a doubled key the last one counts
    for (const Member& member : members) {
        if (member.key == key) found = &member;
    }
    return found;
}

}  // namespace

tl::expected<Control, ControlError> parse_control(std::string_view text) {
    ControlError error{"invalid_json", "the text is no JSON in UTF-8", {}};
    if (!wire::scan_fields(text, wire::kMaxDepth)) return tl::unexpected(error);
    const auto members = wire::members_of(text);
    error.reason = "invalid_request";
    error.detail = "a request must be an object with a type";
    if (!members) return tl::unexpected(error);
    if (const Member* const ref = find(*members, "ref")) error.ref = ref->raw;
    const Member* const type = find(*members, "type");
    if (type == nullptr) return tl::unexpected(error);
    const auto name = wire::unquote(type->raw);
    error.detail = "type must be a string";
    if (!name) return tl::unexpected(error);

    Control control;
    control.ref = error.ref;
    const auto known = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& one) { return one.first == *name; });
    error.reason = "unknown_type";
    error.detail = "unknown type " + base::cut_utf8(*name, 64);
    if (known == kTypes.end()) return tl::unexpected(error);
    control.type = known->second;
    error.reason = "invalid_request";

    auto edge = log::Edge::inclusive;
    if (const Member* const exclusive = find(*members, "exclusive")) {
        const auto value = read_bool(exclusive->raw);
        error.detail = "exclusive must be true or false";
        if (!value) return tl::unexpected(error);
        if (*value) edge = log::Edge::exclusive;
    }
    for (const Member& member : *members) {
        if (auto problem = read_member(member, control, edge)) {
            error.detail = std::move(*problem);
            return tl::unexpected(error);
        }
    }
    error.detail = "topic must be 1 to 128 of A-Z a-z 0-9 . _ -, not starting with a dot";
    if (needs_topic(control.type) && !log::is_topic_name(control.topic)) return tl::unexpected(error);
    error.detail = "payload must be a string";
    if (control.type == Control::Type::publish && !find(*members, "payload") && !find(*members, "payload_base64")) {
        return tl::unexpected(error);
    }
    return control;
}

std::string ref_member(std::string_view ref) { return ref.empty() ? std::string{} : ",\"ref\":" + std::string{ref}; }

std::string control_error(std::string_view reason, std::string_view detail, std::string_view ref) {
    return R"({"type":"error","reason":")" + std::string{reason} + R"(","detail":")" + wire::escape_json(detail) +
           "\"" + ref_member(ref) + "}";
}

std::string_view reason_of(std::error_code error) {
    using log::Errc;
    if (error == Errc::queue_full) return "server_busy";
    if (error == Errc::disk_full) return "disk_full";
    if (error == Errc::payload_too_large) return "payload_too_large";
    if (error == Errc::headers_too_large) return "headers_too_large";
    if (error == Errc::topic_failed) return "topic_failed";
    if (error == Errc::topic_damaged || error == Errc::damaged) return "topic_damaged";
    if (error == Errc::read_only) return "read_only";
    if (error == Errc::closed) return "shutting_down";
    if (error == Errc::bad_topic_name) return "bad_topic_name";
    if (error == Errc::no_such_topic) return "unknown_topic";
    if (error == too_many_topics()) return "too_many_topics";
    if (error == too_many_subscriptions() || error == too_many_subscriptions_in_all()) return "too_many_subscriptions";
    return "storage_error";
}

int status_of(std::error_code error) {
    using log::Errc;
    if (error == Errc::queue_full || error == too_many_topics()) return 429;
    if (error == Errc::payload_too_large) return 413;
    if (error == Errc::bad_topic_name) return 400;
    if (error == Errc::no_such_topic) return 404;
    return 503;
}

}  // namespace station::final_station
