#include <nlohmann/json.hpp>
#include <station/log/event_json.hpp>
#include <station/log/publish.hpp>

namespace station::log {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
        const unsigned first = byte(i);
        if (first < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                                   : first >> 4 == 0xE              ? 3
                                   : first >= 0xF0 && first <= 0xF4 ? 4
                                                                    : 0;
        if (length == 0) return false;
        const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (byte(i + 1) < low || byte(i + 1) > high) return false;
        for (std::size_t k = 2; k < length; ++k) {
            if (byte(i + k) < 0x80 || byte(i + k) > 0xBF) return false;
        }
        i += length;
    }
    return true;
}

std::string base64(Bytes bytes) {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const auto byte = [&](std::size_t k) { return k < left ? std::to_integer<unsigned>(bytes[i + k]) : 0U; };
        const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        text += kDigits[bits >> 18];
        text += kDigits[bits >> 12 & 63];
        text += left > 1 ? kDigits[bits >> 6 & 63] : '=';
        text += left > 2 ? kDigits[bits & 63] : '=';
    }
    return text;
}

std::string event_json(std::string_view topic, const Record& event) {
    using Json = nlohmann::ordered_json;
    Json json{{"topic", topic}, {"offset", event.offset}, {"id", event.id.to_text()}, {"time", event.time}};
    const std::string_view payload = as_text(event.payload);
    if (is_utf8(payload)) {
        json["payload"] = payload;
    } else {
        json["payload_base64"] = base64(event.payload);
    }
    if (!event.headers.empty()) {
        Json headers = Json::object();
        for (const auto& [key, value] : decode_headers(event.headers).value_or(Headers{})) headers[key] = value;
        json["headers"] = std::move(headers);
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace station::log
