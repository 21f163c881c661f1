// What the commands on a folder and those on a server are asked for; both read it alike.
#pragma once

#include <cstdint>
#include <station/log/cursor.hpp>
#include <station/log/publish.hpp>
#include <station/log/retention.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "output.hpp"

namespace station::final_station {

struct PublishOptions {
    std::vector<std::string> texts;
    std::string file;
    std::vector<std::string> headers;  // k=v
    bool keep_going = false;           // of standard input: try the next line after one that was refused
    bool keep_cr = false;              // of standard input: the '\r' of a line that ends with "\r\n"
    bool retry = false;                // of a server: connect again, and send again what nobody has acknowledged
};

struct ReplayOptions {
    std::string from = "beginning";
    bool exclusive = false;
    std::uint64_t limit = 0;  // 0: none
    bool follow = false;      // tail
    bool once = false;        // of a server: end with it, in place of waiting until it is back
};

// Of `station topic`. An empty text changes nothing.
struct TopicOptions {
    std::string retain_bytes;  // a number, or "none"
    std::string retain_age;    // "7d", or "none"
    bool remove = false;
    bool yes = false;
};

// What is to be published, where it is not standard input.
struct Publication {
    log::Headers headers;
    std::vector<std::string> payloads;  // none: standard input, one a line
};

tl::expected<Publication, Problem> read_publication(const std::string& topic, const PublishOptions& options);
// What they make of what the topic keeps now; its members are within their limits.
log::Retention changed(log::Retention retention, const TopicOptions& options);
tl::expected<log::StartFrom, Problem> read_start(const ReplayOptions& options);

}  // namespace station::final_station
