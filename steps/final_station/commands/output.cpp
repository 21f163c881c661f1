#include "output.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <station/app/run.hpp>

namespace station::final_station {

int fail(const std::string& what, int status) {
    app::complain("station", what);
    return status;
}

void say_unmatched(std::string_view topic, std::uint64_t from_offset) {
    fail("topic " + std::string{topic} + " does not hold the event that --from names: it starts behind it, at offset " +
         std::to_string(from_offset));
}

void say_refused(std::uint64_t line, std::string_view reason) {
    std::fflush(stdout);
    fail("refused line " + std::to_string(line) + ": " + std::string{reason});
}

int end_of_refused(std::uint64_t refused) {
    return fail(std::to_string(refused) + (refused == 1 ? " line was" : " lines were") +
                " refused; all others are stored");
}

void print_receipt(std::uint64_t offset, std::string_view id, std::int64_t time) {
    std::printf("{\"offset\":%llu,\"id\":\"%.*s\",\"time\":%lld}\n", static_cast<unsigned long long>(offset),
                static_cast<int>(id.size()), id.data(), static_cast<long long>(time));
}

void print_payload(std::string_view payload) {
    std::fwrite(payload.data(), 1, payload.size(), stdout);
    std::fputc('\n', stdout);
}

// An error may be older than this flush: of a write that a full buffer had made necessary.
bool flush_output() {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
    fail(kOutputClosed);
    return false;
}

int end_of_publish() {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
    return fail(std::string{"what was published is stored, but its receipts could not be written: "} + kOutputClosed);
}

void say_incomplete(std::string_view topic, std::uint64_t from_offset) {
    fail(std::string{topic} + ": what was before offset " + std::to_string(from_offset) +
         " has gone by retention; it begins there");
}

int say_lost(const std::string& topic, std::uint64_t from, std::uint64_t to) {
    return fail(topic + ": events " + std::to_string(from) + " up to " + std::to_string(to) +
                " have gone by retention before they were read");
}

namespace {

nlohmann::ordered_json as_json(const TopicLine& topic) {
    nlohmann::ordered_json json{{"name", topic.name},
                                {"stream", topic.stream},
                                {"first_offset", topic.first_offset},
                                {"next_offset", topic.next_offset},
                                {"bytes", topic.bytes},
                                {"segments", topic.segments},
                                {"retention", nlohmann::ordered_json::parse(topic.retention)}};
    if (!topic.recovery.empty()) json["recovery"] = nlohmann::ordered_json::parse(topic.recovery);
    return json;
}

// "1000000 bytes, 7d", or "all".
std::string in_words(const std::string& retention) {
    const auto json = nlohmann::json::parse(retention);
    std::string words;
    if (json.at("retain_bytes").is_number()) words = json.at("retain_bytes").dump() + " bytes";
    if (!json.at("retain_age").is_string()) return words.empty() ? "all" : words;
    return words + (words.empty() ? "" : ", ") + json.at("retain_age").get<std::string>();
}

void print_heading() {
    std::printf("%-24s %6s %12s %12s %14s %8s  %s\n", "topic", "stream", "first", "next", "bytes", "segments", "keeps");
}

void print_line(const TopicLine& topic) {
    std::printf("%-24s %6llu %12llu %12llu %14llu %8llu  %s\n", topic.name.c_str(),
                static_cast<unsigned long long>(topic.stream), static_cast<unsigned long long>(topic.first_offset),
                static_cast<unsigned long long>(topic.next_offset), static_cast<unsigned long long>(topic.bytes),
                static_cast<unsigned long long>(topic.segments), in_words(topic.retention).c_str());
}

}  // namespace

void print_topics(const std::vector<TopicLine>& topics, bool json) {
    if (!json) {
        print_heading();
        for (const TopicLine& topic : topics) print_line(topic);
        return;
    }
    auto all = nlohmann::ordered_json::array();
    for (const TopicLine& topic : topics) all.push_back(as_json(topic));
    std::puts(all.dump().c_str());
}

void print_topic(const TopicLine& topic, bool json) {
    if (json) {
        std::puts(as_json(topic).dump().c_str());
        return;
    }
    print_heading();
    print_line(topic);
}

}  // namespace station::final_station
