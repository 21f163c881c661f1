// How a topic is called in JetStream: `metrics` is the stream `station-metrics`, whose one subject is
// `station.metrics`. A dot would part a subject and may not stand in a stream's name; no topic has an equals sign,
// which takes its place in both. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace station::jetstream {

inline constexpr std::string_view kDefaultPrefix = "station";

// 1 to 64 of A-Z a-z 0-9 _ -.
bool is_prefix(std::string_view text);

// The prefix and the topic must be valid ones.
std::string stream_of(std::string_view prefix, std::string_view topic);
std::string subject_of(std::string_view prefix, std::string_view topic);

// nullopt where the subject is no topic's of this prefix. A stream's name alone does not tell: `a-b-c` may be topic
// `b-c` of `a`, or topic `c` of `a-b`.
std::optional<std::string> topic_of(std::string_view prefix, std::string_view subject);

}  // namespace station::jetstream
