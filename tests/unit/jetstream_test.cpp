#include <cstdint>
#include <engine/jetstream/connection.hpp>
#include <engine/jetstream/detail/api.hpp>
#include <engine/jetstream/message.hpp>
#include <engine/jetstream/stream_name.hpp>
#include <station/log/publish.hpp>
#include <string>
#include <vector>
#include "catch.hpp"

using namespace station;
using namespace station::jetstream;

namespace {

constexpr std::size_t kRoomy = std::size_t{1} << 20;

log::EventId some_id(std::int64_t time) { return log::EventIdGenerator{}.next(time); }

FieldViews views_of(const Fields& fields) { return {fields.begin(), fields.end()}; }

log::Headers headers_of(const Decoded& decoded) {
    return decoded.headers.empty() ? log::Headers{} : *log::decode_headers(decoded.headers);
}

}  // namespace

TEST_CASE("a topic has a stream and a subject of its own, dots and all") {
    CHECK(stream_of("station", "metrics") == "station-metrics");
    CHECK(subject_of("station", "a.b.c") == "station.a=b=c");
    CHECK(topic_of("station", "station.a=b=c") == "a.b.c");
    CHECK(topic_of("station", subject_of("station", "x-Y_9")) == "x-Y_9");
}

TEST_CASE("a subject of somebody else's is no topic") {
    for (const char* subject :
         {"station", "station.", "stations.a", "station.a.b", "station.=a", "station.a b", "other.a"}) {
        CAPTURE(subject);
        CHECK_FALSE(topic_of("station", subject));
    }
    CHECK_FALSE(topic_of("station", "station." + std::string(129, 'a')));
}

TEST_CASE("a prefix has no dots, wildcards or spaces") {
    CHECK(is_prefix("station"));
    CHECK(is_prefix("a-b_9"));
    for (const char* prefix : {"", "a.b", "a*", "a>", "a b", "\xC3\xA4"}) CHECK_FALSE(is_prefix(prefix));
    CHECK_FALSE(is_prefix(std::string(65, 'a')));
}

TEST_CASE("an event comes back as it was, whatever its headers hold") {
    const auto id = some_id(1700000000123456789);
    const auto writer = some_id(1600000000000000000);
    const log::Headers headers{{"", "no name"},
                               {"a b", "c: d\r\nNats-Msg-Id: forged"},
                               {"empty", ""},
                               {"percent", "%41%"},
                               {"\xC3\xA4", std::string("\0\xFF", 2)}};
    const auto fields = encode(id, 1700000000123456789, writer, log::encode_headers(headers), 10, kRoomy);
    REQUIRE(fields);
    for (const auto& [name, value] : *fields) {
        CHECK(name.find_first_of(": \r\n") == std::string::npos);
        CHECK(value.find_first_of("\r\n") == std::string::npos);
        CHECK_FALSE(value.empty());
    }
    const Decoded decoded = decode(views_of(*fields), 7, 5);
    CHECK(decoded.id == id);
    CHECK(decoded.time == 1700000000123456789);
    CHECK(decoded.writer == writer);
    CHECK(headers_of(decoded) == headers);
}

TEST_CASE("what does not fit into a message is refused before it is sent") {
    const auto id = some_id(1700000000000000000);
    const auto refused = encode(id, 0, id, {}, kRoomy, kRoomy);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == log::Errc::payload_too_large);
    const auto fits = encode(id, 0, id, {}, kRoomy - 300, kRoomy);
    REQUIRE(fits);
    CHECK(size_of(*fits) < 300);
    // Escaped they take three times their size.
    const auto large = log::encode_headers({{"a", std::string(22000, '\n')}});
    const auto headers = encode(id, 0, id, large, 0, kRoomy);
    REQUIRE_FALSE(headers);
    CHECK(headers.error() == log::Errc::headers_too_large);
    const std::byte nonsense{0xC1};
    CHECK(encode(id, 0, id, {&nonsense, 1}, 0, kRoomy).error() == log::Errc::bad_headers);
}

TEST_CASE("a message of somebody else's gets the same id and time each time") {
    const Decoded once = decode({{"Foo", "bar"}}, 42, 1700000000000000000);
    CHECK(once.id == decode({}, 42, 1700000000000000000).id);
    CHECK(once.time == 1700000000000000000);
    CHECK_FALSE(once.writer);
    CHECK(once.headers.empty());
    CHECK(once.id < decode({}, 43, 1700000000000000000).id);
    CHECK(once.id < decode({}, 1, 1700000000001000000).id);
    CHECK(once.id.milliseconds() == 1700000000000);
    CHECK(once.id.to_text()[14] == '7');
    CHECK(made_id(~std::uint64_t{0}, -1) < made_id(1, 1700000000000000000));
}

TEST_CASE("hostile fields are passed by") {
    const FieldViews fields{{"Nats-Msg-Id", "order-17"}, {"Station-Time", "9999999999999999999999"},
                            {"Station-Writer", ""},      {"Station-H-%", "%zz%4"},
                            {"Station-H-a", "1"},        {"Station-H-a", "2"}};
    const Decoded decoded = decode(fields, 3, 1700000000000000000);
    CHECK(decoded.id == made_id(3, 1700000000000000000));
    CHECK(decoded.time == 1700000000000000000);
    CHECK_FALSE(decoded.writer);
    CHECK(headers_of(decoded) == log::Headers{{"%", "%zz%4"}, {"a", "2"}});
}

TEST_CASE("a header block is read up to where it makes sense") {
    const FieldViews fields = parse_block("NATS/1.0\r\nA: b\r\nnothing\r\n: x\r\nC:d:e\r\nD: \r\n\r\nE: f\r\n");
    CHECK(fields == FieldViews{{"A", "b"}, {"C", "d:e"}, {"D", ""}});
    for (const char* block : {"", "NATS/1.0", "NATS/1.0\r\n", "NATS/1.0\r\nA: b", "HTTP/1.1\r\nA: b\r\n\r\n"}) {
        CAPTURE(block);
        CHECK(parse_block(block).empty());
    }
}

TEST_CASE("where a message stands is read from the subject of its answer") {
    const auto plain = parse_place("$JS.ACK.station-a.x1.1.7.3.1700000000000000000.9");
    REQUIRE(plain);
    CHECK(plain->sequence == 7);
    CHECK(plain->delivery == 3);
    CHECK(plain->time == 1700000000000000000);
    CHECK(plain->pending == 9);
    CHECK(plain->consumer == "x1");
    const auto later = parse_place("$JS.ACK.hub.acc.station-a.x1.1.7.3.1700000000000000000.9.random");
    CHECK_FALSE(parse_place("$JS.ACK.station-a.x1.1.0.3.17.9"));
    CHECK_FALSE(parse_place("$JS.ACK.station-a.x1.1.7.3.17"));
    CHECK_FALSE(parse_place("$JS.ACK.station-a.x1.1.7.-3.17.9"));
    CHECK_FALSE(parse_place("_INBOX.abc"));
    REQUIRE(later);
    CHECK(later->sequence == 7);
    CHECK(later->consumer == "x1");
}

TEST_CASE("an answer to a publish is a sequence or a reason") {
    CHECK(parse_publish_answer(R"({"stream":"station-a","seq":7})").sequence == 7);
    CHECK_FALSE(parse_publish_answer(R"({"stream":"station-a","seq":7})").is_duplicate);
    CHECK(parse_publish_answer(R"({"stream":"station-a", "seq":7,"duplicate": true})").sequence == 7);
    CHECK(parse_publish_answer(R"({"stream":"station-a", "seq":7,"duplicate": true})").is_duplicate);
    const auto refused = parse_publish_answer(
        R"({"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 3"},"stream":"a","seq":0})");
    CHECK(refused.sequence == 0);
    CHECK(refused.problem == "wrong last sequence: 3");
    for (const char* answer :
         {"", "{", "[]", "null", R"({"seq":-1})", R"({"seq":"7"})", R"({"stream":"a","seq":7x})"}) {
        CAPTURE(answer);
        CHECK(parse_publish_answer(answer).sequence == 0);
    }
}

TEST_CASE("a stream's state and its base are read, whoever made it") {
    const auto state = parse_stream(R"({"config":{"description":"base=17","num_replicas":3},
        "state":{"messages":2,"bytes":99,"first_seq":4,"last_seq":5}})",
                                    "station-a");
    REQUIRE(state);
    CHECK(state->first_offset() == 20);
    CHECK(state->next_offset() == 22);
    CHECK(state->sequence(20) == 4);
    CHECK(state->sequence(3) == 1);
    const auto empty = parse_stream(R"({"config":{},"state":{"messages":0,"first_seq":0,"last_seq":0}})", "a");
    REQUIRE(empty);
    CHECK(empty->first_offset() == 0);
    CHECK(empty->next_offset() == 0);
    CHECK(parse_stream("{", "a").error().code == Errc::bad_answer);
    CHECK(parse_stream(R"({"error":{"code":404,"err_code":10059}})", "a").error().code == Errc::no_stream);
    CHECK(parse_stream(R"({"error":{"code":503}})", "a").error().code == Errc::unavailable);
}

TEST_CASE("a stream that was made for a topic does not differ from what is asked for") {
    const std::string made = R"({"config":)" + stream_config("station-a", "station.a", 3, 17) + "}";
    CHECK(stream_difference(made, "station.a", 3).empty());
    CHECK(stream_difference(made, "station.a", std::nullopt).empty());
    CHECK(stream_difference(made, "station.a", 1) == "num_replicas is 3, not 1");
    const auto other = stream_difference(
        R"({"config":{"subjects":["x"],"storage":"memory","retention":"limits","max_age":5,"max_msgs":7}})", "x", {});
    CHECK(other == "storage is \"memory\", not \"file\"; max_msgs is 7, not -1; max_age is 5, not 0");
}

TEST_CASE("addresses of a cluster stand behind each other, or are refused in words") {
    CHECK(*parse_urls("nats://a:4222, b:4223,tls://c") ==
          std::vector<std::string>{"nats://a:4222", "nats://b:4223", "tls://c"});
    for (const char* urls : {"", "nats://", "http://a", "nats://a:1,", "a b", "nats://a/x", ":4222"}) {
        CAPTURE(urls);
        CHECK_FALSE(parse_urls(urls));
    }
}
