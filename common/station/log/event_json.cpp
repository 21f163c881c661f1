#include <station/base/base64.hpp>
#include <station/base/utf8.hpp>
#include <station/log/event_json.hpp>
#include <station/log/publish.hpp>
#include <station/wire/json_writer.hpp>

namespace station::log {

void append_event_json(std::string& out, std::string_view topic, const Record& event, std::string_view type) {
    wire::JsonWriter json{out};
    json.begin_object();
    if (!type.empty()) json.member("type", type);
    json.member("topic", topic).member("offset", event.offset);
    json.member("id", event.id.to_text()).member("time", event.time);
    const std::string_view payload = as_text(event.payload);
    if (base::is_utf8(payload)) {
        json.member("payload", payload);
    } else {
        json.member("payload_base64", base::base64(payload));
    }
    if (!event.headers.empty()) {
        json.key("headers").begin_object();
        for (const auto& [key, value] : decode_headers(event.headers).value_or(Headers{})) json.member(key, value);
        json.end_object();
    }
    json.end_object();
}

std::string event_json(std::string_view topic, const Record& event) {
    std::string text;
    append_event_json(text, topic, event);
    return text;
}

}  // namespace station::log
