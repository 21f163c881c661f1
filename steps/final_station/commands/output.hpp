// What the commands print, on a folder and on a server alike, byte for byte; and how they end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace station::final_station {

inline constexpr int kFailure = 1;
inline constexpr int kUsage = 2;

inline constexpr const char* kUnreadable = "standard input can't be read";
inline constexpr const char* kOutputClosed = "standard output is closed";

// One line on standard error; returns the status.
int fail(const std::string& what, int status = kFailure);

// A line on standard error of a start at an event that the topic does not hold: it began with the first one behind it.
void say_unmatched(std::string_view topic, std::uint64_t from_offset);

// A line on standard error of a place that the topic keeps no longer: it began with the first event that is there.
void say_incomplete(std::string_view topic, std::uint64_t from_offset);

// A line on standard error of events that went by retention before they were read; returns the status.
int say_lost(const std::string& topic, std::uint64_t from, std::uint64_t to);

// Of standard input's lines, where those that are refused don't end it: "refused line 21: …" at once, and at the end
// how many there were; its status.
void say_refused(std::uint64_t line, std::string_view reason);
int end_of_refused(std::uint64_t refused);

struct Problem {
    std::string what;
    int status = kFailure;
};

// {"offset":0,"id":"…","time":…}, of a publish that was acknowledged.
void print_receipt(std::uint64_t offset, std::string_view id, std::int64_t time);
void print_payload(std::string_view payload);
bool flush_output();   // false, and a line on standard error, where nobody takes it in any more
int end_of_publish();  // the status of a publish that went well, but perhaps for its receipts; then it says so

struct TopicLine {
    std::string name;
    std::uint64_t stream = 0;
    std::uint64_t first_offset = 0;
    std::uint64_t next_offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t segments = 0;
    std::string recovery;   // JSON; empty where the server's engine has none
    std::string retention;  // JSON
};
void print_topics(const std::vector<TopicLine>& topics, bool json);
// One topic, and what it keeps.
void print_topic(const TopicLine& topic, bool json);

}  // namespace station::final_station
