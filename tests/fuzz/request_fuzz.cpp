// JSON lines: JSON is what the JSON library takes for it, and an event keeps to what the protocol promises.
#include <nlohmann/json.hpp>
#include <station/wire/json.hpp>
#include <station/wire/request.hpp>

#include "fuzz.hpp"

using namespace station;

namespace {

int depth_of(const nlohmann::json& value) {
    int deepest = 0;
    if (value.is_structured()) {
        for (const auto& member : value) deepest = std::max(deepest, depth_of(member));
        return deepest + 1;
    }
    return 0;
}

void check_json(std::string_view line, bool is_json) {
    if (line.starts_with("\xEF\xBB\xBF")) return;  // the library forgives a byte order mark
    if (line.find('\0') != std::string_view::npos) {
        // The library takes a NUL between two values for the end.
        return fuzz::require(!is_json, "what holds a NUL is no JSON");
    }
    try {
        const auto json = nlohmann::json::parse(line);
        fuzz::require(is_json || depth_of(json) > wire::kMaxDepth, "what is refused as JSON is none, or too deep");
    } catch (const nlohmann::json::out_of_range&) {
        // 1e999 is JSON, only no double.
    } catch (const nlohmann::json::parse_error&) {
        fuzz::require(!is_json, "what is taken for JSON is JSON");
    }
}

void check_event(const wire::Event& event) {
    fuzz::require(!event.user.empty() && event.user.size() <= wire::kMaxUserBytes, "a user has 1 to 64 bytes");
    fuzz::require(event.amount >= 1 && event.amount <= wire::kMaxAmount, "an amount is in its range");
}

bool same(const std::optional<wire::FieldValue>& a, const std::optional<wire::FieldValue>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    if (a->index() != b->index() || std::holds_alternative<wire::OtherValue>(*a)) return a->index() == b->index();
    if (const auto* number = std::get_if<std::int64_t>(&*a)) return *number == std::get<std::int64_t>(*b);
    return std::get<std::string>(*a) == std::get<std::string>(*b);
}

// Plain lines are read by themselves, in the same way.
void check_fields(std::string_view line) {
    const auto fields = wire::scan_fields(line, wire::kMaxDepth);
    const auto by_library = wire::scan_fields_by_library(line, wire::kMaxDepth);
    fuzz::require(fields.has_value() == by_library.has_value(), "both know the same JSON");
    if (!fields) return;
    fuzz::require(fields->is_object == by_library->is_object && same(fields->type, by_library->type) &&
                      same(fields->user, by_library->user) && same(fields->action, by_library->action) &&
                      same(fields->amount, by_library->amount),
                  "both find the same fields");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0;
    const std::string_view line = fuzz::as_text(data, size);
    const auto request = wire::parse_request(line, {.balance = true, .metrics = true});
    check_fields(line);
    check_json(line, request.has_value() || request.error().reason != wire::RequestError::Reason::invalid_json);
    if (!request) {
        const bool says_why = !request.error().detail.empty();
        fuzz::require(says_why == (request.error().reason == wire::RequestError::Reason::invalid_event),
                      "an invalid event says why");
    } else if (const auto* event = std::get_if<wire::Event>(&*request)) {
        check_event(*event);
    }
    const auto event = wire::parse_event(line);
    fuzz::require(event.has_value() == (request && std::holds_alternative<wire::Event>(*request)),
                  "both ways know the same events");
    return 0;
}
