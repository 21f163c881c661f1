#include <map>
#include <nlohmann/json.hpp>
#include <station/log/publish.hpp>

namespace station::log {

std::vector<std::byte> encode_headers(const Headers& headers) {
    if (headers.empty()) return {};
    std::map<std::string, std::string> sorted;
    for (const auto& [key, value] : headers) sorted[key] = value;
    const auto packed = nlohmann::json::to_msgpack(nlohmann::json(sorted));
    const auto* const first = reinterpret_cast<const std::byte*>(packed.data());
    return {first, first + packed.size()};
}

tl::expected<Headers, std::error_code> decode_headers(Bytes bytes) {
    Headers headers;
    if (bytes.empty()) return headers;
    const auto* const first = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const auto map = nlohmann::json::from_msgpack(first, first + bytes.size(), true, false);
    if (!map.is_object()) return tl::unexpected(make_error_code(Errc::bad_headers));
    for (const auto& [key, value] : map.items()) {
        if (!value.is_string()) return tl::unexpected(make_error_code(Errc::bad_headers));
        headers.emplace_back(key, value.get<std::string>());
    }
    return headers;
}

}  // namespace station::log
