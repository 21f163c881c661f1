#include "requests.hpp"

#include <nlohmann/json.hpp>

namespace station::chat {
namespace {

using Json = nlohmann::json;
using Parsed = tl::expected<Request, BadRequest>;

constexpr int kDeepest = 8;

tl::unexpected<BadRequest> bad(std::string detail) {
    return tl::unexpected(BadRequest{"invalid_request", std::move(detail)});
}

// nullptr: there is none, or it is no text.
const std::string* text_of(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() ? found->get_ptr<const std::string*>() : nullptr;
}

std::optional<Id> id_of(const std::string* text) { return text != nullptr ? Id::from_text(*text) : std::nullopt; }

std::string text_or_nothing(const Json& object, const char* name) {
    const std::string* const text = text_of(object, name);
    return text != nullptr ? *text : std::string{};
}

Parsed hello(const Json& object) {
    const auto rooms = object.find("rooms");
    if (rooms == object.end() || !rooms->is_object()) return bad("rooms must be an object: of each room the last seen");
    Hello hello;
    for (const auto& [room, seen] : rooms->items()) {
        if (!seen.is_null() && !seen.is_string()) return bad("of a room the last seen message is named, or null");
        hello.rooms.push_back({room, id_of(seen.get_ptr<const std::string*>())});
    }
    return hello;
}

// A text that is nested deeper than any that means something is not read to its end.
Json read(std::string_view text, bool& too_deep) {
    const auto look = [&](int depth, Json::parse_event_t, const Json&) {
        if (depth > kDeepest) too_deep = true;
        return depth <= kDeepest;
    };
    return Json::parse(text, look, false);
}

}  // namespace

Parsed parse_request(std::string_view text) {
    bool too_deep = false;
    const Json object = read(text, too_deep);
    if (object.is_discarded() && !too_deep) return tl::unexpected(BadRequest{"invalid_json", "this is not JSON"});
    const std::string* const type = object.is_object() ? text_of(object, "type") : nullptr;
    if (type == nullptr) return bad("a request is an object with a type");
    const auto room = [&] { return id_of(text_of(object, "room")); };
    if (*type == "hello") return hello(object);
    if (*type == "message") {
        return Say{room(), text_or_nothing(object, "content"), text_or_nothing(object, "client_message_id")};
    }
    if (*type == "typing_start" || *type == "typing_stop") return Typing{room(), *type == "typing_start"};
    if (*type == "seen") return SeenUpTo{room(), id_of(text_of(object, "message"))};
    if (*type == "ping") return Ping{};
    const std::string* const named = text_of(object, "client_message_id");
    return tl::unexpected(BadRequest{"unknown_type",
                                     "a client says hello, message, typing_start, typing_stop, seen, ping",
                                     named != nullptr ? std::optional{*named} : std::nullopt});
}

}  // namespace station::chat
