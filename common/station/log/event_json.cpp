#include <nlohmann/json.hpp>
#include <station/base/base64.hpp>
#include <station/base/utf8.hpp>
#include <station/log/event_json.hpp>
#include <station/log/publish.hpp>

namespace station::log {

std::string event_json(std::string_view topic, const Record& event) {
    using Json = nlohmann::ordered_json;
    Json json{{"topic", topic}, {"offset", event.offset}, {"id", event.id.to_text()}, {"time", event.time}};
    const std::string_view payload = as_text(event.payload);
    if (base::is_utf8(payload)) {
        json["payload"] = payload;
    } else {
        json["payload_base64"] = base::base64(payload);
    }
    if (!event.headers.empty()) {
        Json headers = Json::object();
        for (const auto& [key, value] : decode_headers(event.headers).value_or(Headers{})) headers[key] = value;
        json["headers"] = std::move(headers);
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace station::log
