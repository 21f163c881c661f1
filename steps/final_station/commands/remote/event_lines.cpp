#include "event_lines.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <station/base/base64.hpp>
#include <station/base/numbers.hpp>
#include <stdexcept>

#include "commands/output.hpp"

namespace station::final_station {
namespace {

constexpr std::string_view kEvent = R"({"topic":)";

// A topic's name has no quotes: the first key behind it is this one.
std::optional<std::uint64_t> offset_of(std::string_view line) {
    constexpr std::string_view kKey = R"(,"offset":)";
    const std::size_t key = line.find(kKey);
    if (key == std::string_view::npos) return std::nullopt;
    line.remove_prefix(key + kKey.size());
    return base::parse_number<std::uint64_t>(line.substr(0, line.find_first_not_of("0123456789")));
}

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

void EventLines::begin_again() {
    partial_.clear();
    next_offset_.reset();
}

void EventLines::print(std::string_view line) {
    if (line.empty()) return;  // the server breaks a silence
    if (!line.starts_with(kEvent)) return tell_damage(line);
    ++printed_;
    if (const auto offset = offset_of(line)) next_offset_ = *offset + 1;
    print_payload(json_ ? line : std::string_view{payload_of(line)});
}

void EventLines::tell_damage(std::string_view line) {
    const auto json = nlohmann::json::parse(line);
    damaged_ = true;
    std::fflush(stdout);
    const std::string topic = json.at("topic").get<std::string>();
    if (json.at("type") == "lost") {
        next_offset_ = json.at("to").get<std::uint64_t>();
        say_lost(topic, json.at("from").get<std::uint64_t>(), *next_offset_);
        return;
    }
    // The last line of an answer that ends before its end says no more than why.
    const bool is_place = json.contains("next_offset");
    if (is_place) next_offset_ = json.at("next_offset").get<std::uint64_t>();
    fail(topic + ": " + json.at("detail").get<std::string>() +
         (is_place ? " (events " + json.at("first_offset").dump() + " up to " + json.at("next_offset").dump() + ")"
                   : std::string{}));
}

}  // namespace station::final_station
