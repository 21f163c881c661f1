#include "catch.hpp"

#include <nlohmann/json.hpp>
#include <station/log/event_json.hpp>
#include <station/log/publish.hpp>
#include <string>
#include <vector>

#include "server/doors/ndjson_line.hpp"

namespace station::final_station {
namespace {

// In chunks that count as full at so many bytes.
std::string written(const log::Record& event, std::size_t full) {
    NdjsonLine line{"lobby", event};
    std::string text;
    for (bool whole = false; !whole;) {
        std::string chunk;
        whole = line.put(chunk, full);
        text += chunk;
    }
    return text;
}

std::string every_byte_below(int end) {
    std::string text;
    for (int byte = 0; byte < end; ++byte) text += static_cast<char>(byte);
    return text;
}

TEST_CASE("ndjson line: written piece by piece it is the event's JSON") {
    std::string long_text;
    for (int i = 0; i < 9000; ++i) long_text += "\xC3\xA4\"\x01\\";
    std::vector<std::string> payloads{"",
                                      "cpu=0.82",
                                      every_byte_below(128),
                                      every_byte_below(256),
                                      "\"\\/\b\f\n\r\t\x7F",
                                      "\xE2\x82\xAC\xF0\x9F\x98\x80",
                                      "\xC3",
                                      long_text,
                                      std::string(40000, '\xFF')};
    for (const int size : {-1, 0, 1, 2}) {
        payloads.push_back(std::string(NdjsonLine::kPiece + static_cast<std::size_t>(size), 'x'));
        payloads.push_back(std::string(NdjsonLine::kPiece + static_cast<std::size_t>(size), '\xFE'));
    }
    const std::vector<log::Headers> all_headers{
        {}, {{"a", "1"}}, {{"a", ""}, {"b\n", "\"\x01\xC3\xA4"}, {"c", std::string(30000, '\x02')}}};
    for (const log::Headers& headers : all_headers) {
        const auto encoded = headers.empty() ? std::vector<std::byte>{} : log::encode_headers(headers);
        for (const std::string& payload : payloads) {
            log::Record event;
            event.offset = 7;
            event.time = 1'700'000'000'000'000'000;
            event.payload = log::as_bytes(payload);
            event.headers = encoded;
            const std::string wanted = log::event_json("lobby", event) + "\n";
            for (const std::size_t full : {std::size_t{1}, std::size_t{20000}, std::string::npos}) {
                REQUIRE(written(event, full) == wanted);
            }
        }
    }
}

TEST_CASE("ndjson line: what is no UTF-8 in a header is replaced, and headers that are none are empty") {
    log::Record event;
    const auto encoded = log::encode_headers({{"k", "a\xFFz"}});
    event.headers = encoded;
    CHECK(written(event, 1) == log::event_json("lobby", event) + "\n");
    const std::string nonsense = "nonsense";
    event.headers = log::as_bytes(nonsense);
    CHECK(written(event, 1) == log::event_json("lobby", event) + "\n");
}

}  // namespace
}  // namespace station::final_station
