#include "event_lines.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <station/base/base64.hpp>
#include <stdexcept>

#include "commands/output.hpp"

namespace station::final_station {
namespace {

constexpr std::string_view kEvent = R"({"topic":)";

std::string payload_of(std::string_view line) {
    auto json = nlohmann::json::parse(line);
    if (const auto coded = json.find("payload_base64"); coded != json.end()) {
        auto payload = base::decode_base64(coded->get_ref<const std::string&>());
        if (!payload) throw std::runtime_error("the server sent a payload that is no base64");
        return std::move(*payload);
    }
    return std::move(json.at("payload").get_ref<std::string&>());
}

}  // namespace

void EventLines::take(std::string_view piece) {
    while (!piece.empty()) {
        const std::size_t end = piece.find('\n');
        if (end == std::string_view::npos) {
            partial_ += piece;
            return;
        }
        if (partial_.empty()) {
            print(piece.substr(0, end));
        } else {
            partial_ += piece.substr(0, end);
            print(partial_);
            partial_.clear();
        }
        piece.remove_prefix(end + 1);
    }
}

void EventLines::print(std::string_view line) {
    if (line.empty()) return;  // the server breaks a silence
    if (!line.starts_with(kEvent)) return tell_damage(line);
    ++printed_;
    print_payload(json_ ? line : std::string_view{payload_of(line)});
}

void EventLines::tell_damage(std::string_view line) {
    const auto json = nlohmann::json::parse(line);
    damaged_ = true;
    std::fflush(stdout);
    fail(json.at("topic").get<std::string>() + ": " + json.at("detail").get<std::string>() + " (events " +
         json.at("first_offset").dump() + " up to " + json.at("next_offset").dump() + ")");
}

}  // namespace station::final_station
