#include "control.hpp"

#include <algorithm>
#include <array>
#include <station/base/base64.hpp>
#include <station/base/numbers.hpp>
#include <station/base/utf8.hpp>
#include <station/log/config.hpp>
#include <station/log/topic_pattern.hpp>
#include <station/wire/json_reader.hpp>
#include <utility>

namespace station::final_station {
namespace {

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

// What stands behind each key that is known, as it was written: of a doubled key the last one, so that a text is read
// to its end before anything of it is believed.
struct RawControl {
    using Value = std::optional<std::string_view>;
    Value type, ref, topic, topics, from, offsets, exclusive, meta, text, make, payload, payload_base64, headers;
    Value token;

    Value* find(std::string_view key) {
        const std::pair<std::string_view, Value*> known[] = {
            {"type", &type},           {"ref", &ref},         {"topic", &topic},
            {"topics", &topics},       {"from", &from},       {"offsets", &offsets},
            {"exclusive", &exclusive}, {"meta", &meta},       {"text", &text},
            {"make", &make},           {"payload", &payload}, {"payload_base64", &payload_base64},
            {"headers", &headers},     {"token", &token},
        };
        const auto found = std::ranges::find(known, key, &std::pair<std::string_view, Value*>::first);
        return found == std::end(known) ? nullptr : found->second;
    }
};

bool needs_topic(Control::Type type) {
    return type == Control::Type::open || type == Control::Type::subscribe || type == Control::Type::unsubscribe ||
           type == Control::Type::publish;
}

bool takes_several(Control::Type type) {
    return type == Control::Type::subscribe || type == Control::Type::unsubscribe;
}

// What is wrong with a member: the reason and a sentence. Empty: nothing.
struct Complaint {
    std::string detail = {};
    std::string_view reason = "invalid_request";

    explicit operator bool() const { return !detail.empty(); }
};

constexpr const char* kFromRule =
    "from must be \"beginning\", \"now\", \"ago:5m\", {\"offset\":n}, {\"time\":ns} or {\"event\":\"<uuid>\"}";

Complaint read_from(std::string_view raw, log::Edge edge, std::optional<log::StartFrom>& from) {
    std::optional<std::string> text = wire::read_string(raw);
    if (!text) {
        std::size_t members = 0;
        wire::read_members(raw, [&](std::string_view key, std::string_view value) {
            ++members;
            if (key != "offset" && key != "time" && key != "event") return;
            // A number, or, since JavaScript's lose the last digits, a string of digits.
            text = std::string{key} + ":" + wire::read_string(value).value_or(std::string{value});
        });
        if (!text || members != 1) return {kFromRule};
    }
    const auto start = log::StartFrom::parse(*text, edge);
    if (start) {
        from = *start;
        return {};
    }
    if (start.error().of_time) return {"from: " + start.error().detail, "bad_time"};
    return {kFromRule};
}

Complaint read_headers(std::string_view raw, log::Headers& headers) {
    bool strings = true;
    const auto kind = wire::read_members(raw, [&](std::string_view key, std::string_view value) {
        auto text = wire::read_string(value);
        strings = strings && text;
        if (text) headers.emplace_back(key, std::move(*text));
    });
    return kind == wire::JsonText::object && strings ? Complaint{} : Complaint{"headers must be an object of strings"};
}

Complaint read_topics(std::string_view raw, std::vector<std::string>& topics) {
    bool good = true;
    std::size_t patterns = 0;
    const bool is_array = wire::read_elements(raw, [&](std::string_view element) {
        auto text = wire::read_string(element);
        good = good && text && topics.size() < kMostNamed && log::is_topic_pattern(*text);
        if (good && log::has_wildcard(*text)) good = ++patterns <= kMostPatterns;
        if (good) topics.push_back(std::move(*text));
    });
    if (is_array && good && !topics.empty()) return {};
    return {"topics must be an array of 1 to " + std::to_string(kMostNamed) + " names, " +
            std::to_string(kMostPatterns) +
            " of them with a *: 1 to 128 of A-Z a-z 0-9 . _ - *, not starting with a dot"};
}

Complaint read_offsets(std::string_view raw, Offsets& offsets) {
    bool good = true;
    const auto kind = wire::read_members(raw, [&](std::string_view key, std::string_view value) {
        const auto offset = base::parse_number<std::uint64_t>(wire::read_string(value).value_or(std::string{value}));
        good = good && offset && log::is_topic_name(key) && (offsets.size() < kMostNamed || offsets.contains(key));
        if (good) offsets[std::string{key}] = *offset;
    });
    if (kind == wire::JsonText::object && good) return {};
    return {"offsets must be an object of no more than " + std::to_string(kMostNamed) + " topics and their offsets"};
}

Complaint read_text(const RawControl::Value& raw, const char* name, std::string& text) {
    if (!raw) return {};
    auto value = wire::read_string(*raw);
    if (!value) return {std::string{name} + " must be a string"};
    text = std::move(*value);
    return {};
}

Complaint read_truth(const RawControl::Value& raw, const char* name, bool& truth) {
    const auto value = raw ? wire::read_bool(*raw) : truth;
    if (!value) return {std::string{name} + " must be true or false"};
    truth = *value;
    return {};
}

// Where both are there the later one counts.
Complaint read_payload(const RawControl& raw, Control& control) {
    if (auto wrong = read_text(raw.payload, "payload", control.payload)) return wrong;
    if (!raw.payload_base64) return {};
    const auto text = wire::read_string(*raw.payload_base64);
    auto payload = text ? base::decode_base64(*text) : std::nullopt;
    if (!payload) return {"payload_base64 must be a string of base64"};
    if (raw.payload && raw.payload->data() > raw.payload_base64->data()) return {};
    control.payload = std::move(*payload);
    return {};
}

// These keys are no others' business: a publish may have a "text" of its own.
Complaint read_several(const RawControl& raw, Control& control) {
    if (raw.topics && raw.topic) return {"either topic or topics is meant, not both"};
    if (raw.topics) {
        if (auto wrong = read_topics(*raw.topics, control.topics)) return wrong;
    }
    if (raw.offsets) {
        if (auto wrong = read_offsets(*raw.offsets, control.offsets)) return wrong;
    }
    if (auto wrong = read_truth(raw.make, "make", control.make)) return wrong;
    return read_truth(raw.text, "text", control.text);
}

Complaint read_values(const RawControl& raw, Control& control) {
    bool exclusive = false;
    if (auto wrong = read_truth(raw.exclusive, "exclusive", exclusive)) return wrong;
    if (auto wrong = read_text(raw.topic, "topic", control.topic)) return wrong;
    if (auto wrong = read_truth(raw.meta, "meta", control.meta)) return wrong;
    if (takes_several(control.type)) {
        if (auto wrong = read_several(raw, control)) return wrong;
    }
    if (auto wrong = read_payload(raw, control)) return wrong;
    if (auto wrong = read_text(raw.token, "token", control.token)) return wrong;
    if (raw.headers) {
        if (auto wrong = read_headers(*raw.headers, control.headers)) return wrong;
    }
    if (raw.from) {
        const auto edge = exclusive ? log::Edge::exclusive : log::Edge::inclusive;
        if (auto wrong = read_from(*raw.from, edge, control.from)) return wrong;
    }
    if (control.topics.empty() && needs_topic(control.type) && !log::is_topic_name(control.topic)) {
        return {"topic must be 1 to 128 of A-Z a-z 0-9 . _ -, not starting with a dot"};
    }
    if (control.type == Control::Type::publish && !raw.payload && !raw.payload_base64) {
        return {"payload must be a string"};
    }
    return {};
}

}  // namespace

tl::expected<Control, ControlError> parse_control(std::string_view text) {
    RawControl raw;
    const auto kind = wire::read_members(text, [&](std::string_view key, std::string_view value) {
        if (auto* const known = raw.find(key)) *known = value;
    });
    if (kind == wire::JsonText::invalid) {
        return tl::unexpected(ControlError{"invalid_json", "the text is no JSON in UTF-8", {}});
    }
    Control control;
    control.ref = raw.ref.value_or("");
    const auto refused = [&](std::string_view reason, std::string detail) {
        return tl::unexpected(ControlError{std::string{reason}, std::move(detail), control.ref});
    };
    if (!raw.type) return refused("invalid_request", "a request must be an object with a type");
    const auto name = wire::read_string(*raw.type);
    if (!name) return refused("invalid_request", "type must be a string");
    const auto known = std::ranges::find(kTypes, *name, [](const auto& one) { return one.first; });
    if (known == kTypes.end()) return refused("unknown_type", "unknown type " + base::cut_utf8(*name, 64));
    control.type = known->second;
    if (auto wrong = read_values(raw, control)) return refused(wrong.reason, std::move(wrong.detail));
    return control;
}

}  // namespace station::final_station
