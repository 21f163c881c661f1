#include "engine/refusal.hpp"

#include <cerrno>
#include <optional>
#include <set>
#include <station/log/error.hpp>
#include <string>

#include "catch.hpp"
#include "server/counters.hpp"
#include "server/session/control_text.hpp"

using namespace station::final_station;
using station::log::Errc;

namespace {

std::error_code system_code(int number) { return {number, std::system_category()}; }

}  // namespace

TEST_CASE("refusal: an error has one word and one status, whatever category it came with") {
    CHECK(reason_of(Errc::queue_full) == "server_busy");
    CHECK(status_of(Errc::queue_full) == 429);
    CHECK(reason_of(Errc::payload_too_large) == "payload_too_large");
    CHECK(status_of(Errc::payload_too_large) == 413);
    CHECK(reason_of(Errc::no_such_topic) == "unknown_topic");
    CHECK(status_of(Errc::no_such_topic) == 404);
    CHECK(reason_of(too_many_topics()) == "too_many_topics");
    CHECK(reason_of(too_many_subscriptions_in_all()) == "too_many_subscriptions");
    CHECK(reason_of(station::log::system_error(ENOSPC)) == "disk_full");
    CHECK(reason_of(system_code(EMFILE)) == "too_many_open_files");
    CHECK(reason_of(system_code(ENFILE)) == "too_many_open_files");
    CHECK(reason_of(std::make_error_code(std::errc::not_enough_memory)) == "out_of_memory");
    CHECK(reason_of(system_code(ENOMEM)) == "out_of_memory");
    CHECK(reason_of(system_code(EIO)) == "storage_error");
    CHECK(reason_of(system_code(EACCES)) == "storage_error");
    CHECK(status_of(system_code(EACCES)) == 503);
}

TEST_CASE("refusal: each row stands for its own error, and rows of one reason agree") {
    for (const Refusal& row : refusals()) {
        INFO(row.reason);
        CHECK(reason_of(row.code) == row.reason);
        CHECK(status_of(row.code) == row.http_status);
        CHECK((row.http_status >= 400 && row.http_status < 600));
    }
}

TEST_CASE("refusal: what is refused is counted with the first row of its reason") {
    Counters counters;
    counters.refused(Errc::damaged, 2);
    counters.refused(Errc::topic_damaged);
    counters.refused(system_code(ENFILE));
    std::set<std::string> counted;
    for (std::size_t i = 0; i < kRefusalRows; ++i) {
        if (counters.rejected[i] == 0) continue;
        counted.insert(std::string{refusals()[i].reason} + " " + std::to_string(counters.rejected[i]));
    }
    CHECK(counted == std::set<std::string>{"topic_damaged 3", "too_many_open_files 1"});
    CHECK(counters.publishes().received == 4);
    CHECK(counters.publishes().dropped == 4);
}

TEST_CASE("refusal: a connection that is found too slow again and again was too slow once") {
    Counters counters;
    OpenConnection one{counters, Door::http, ConnectionSlot{counters}};
    OpenConnection other{counters, Door::lines, ConnectionSlot{counters}};
    for (int i = 0; i < 8; ++i) one.too_slow();
    other.too_slow();
    CHECK(counters.slow_closed == 2);
}

TEST_CASE("refusal: a connection takes one slot of the limit, whichever door it goes on to") {
    Counters counters;
    {
        std::optional<OpenConnection> http{std::in_place, counters, Door::http, ConnectionSlot{counters}};
        CHECK(counters.connections == 1);
        const OpenConnection websocket{counters, Door::websocket, http->take_slot()};
        CHECK(counters.connections == 1);
        CHECK(counters.doors[0].open + counters.doors[1].open == 2);
        http.reset();
        CHECK(counters.connections == 1);
    }
    CHECK(counters.connections == 0);
}

TEST_CASE("control text: an answer ends with its ref, and what is no ASCII stays what it was") {
    CHECK(control_error("r", "d\"é", "{\"a\":[ 1 ]}") ==
          R"({"type":"error","reason":"r","detail":"d\"é","ref":{"a":[ 1 ]}})");
    CHECK(control_error(Errc::queue_full, "") ==
          R"({"type":"error","reason":"server_busy","detail":")" + std::error_code{Errc::queue_full}.message() + "\"}");
    CHECK(metrics_text({3, 2, 1}, "7") == R"({"type":"metrics","received":3,"processed":2,"dropped":1,"ref":7})");
    CHECK(metrics_line({3, 2, 1}, "") == R"({"received":3,"processed":2,"dropped":1})");
    CHECK(metrics_line({3, 2, 1}, "7") == R"({"received":3,"processed":2,"dropped":1,"ref":7})");
    CHECK(health_text(true, "") == R"({"type":"health","status":"ok"})");
    CHECK(health_line(false, "null") == R"({"status":"failed","ref":null})");
    CHECK(rejected_line("server_busy") == R"({"status":"rejected","reason":"server_busy"})");
}
