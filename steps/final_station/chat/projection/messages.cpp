#include "messages.hpp"

#include <algorithm>
#include <array>
#include <station/wire/json_writer.hpp>

namespace station::chat {
namespace {

constexpr std::string_view kPlay = "/play ";
constexpr std::array<std::string_view, 12> kSounds{"56k",     "bell", "bezos",   "bueller",  "crickets", "trombone",
                                                   "rimshot", "tada", "airhorn", "applause", "boo",      "nyan"};

void write_creator(wire::JsonWriter& json, const Id& id, std::string_view name) {
    json.key("creator").begin_object().member("id", id.to_text()).member("name", name).end_object();
}

}  // namespace

std::optional<std::string_view> sound_of(std::string_view content) {
    if (!content.starts_with(kPlay)) return std::nullopt;
    const auto* const found = std::ranges::find(kSounds, content.substr(kPlay.size()));
    if (found == kSounds.end()) return std::nullopt;
    return *found;
}

std::string to_json(const ShownMessage& message, std::string_view further) {
    std::string text;
    text.reserve(message.content.size() + 384);
    wire::JsonWriter json{text};
    json.begin_object().member("id", message.id.to_text()).member("room", message.room.to_text());
    write_creator(json, message.creator, message.creator_name);
    json.member("content", message.content).member("client_message_id", message.client_message_id);
    json.member("created_at", message.created_at).key("edited_at");
    message.edited_at ? json.value(*message.edited_at) : json.raw("null");
    json.member("sequence", message.sequence).key("sound");
    const auto sound = sound_of(message.content);
    sound ? json.value(*sound) : json.raw("null");
    json.key("boosts").begin_array();
    for (const ShownBoost& boost : message.boosts) {
        json.begin_object();
        write_creator(json, boost.creator, boost.creator_name);
        json.member("content", boost.content).end_object();
    }
    json.end_array();
    text += further;
    json.end_object();
    return text;
}

}  // namespace station::chat
