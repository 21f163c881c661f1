#include "catch.hpp"

#include <loadgen/target/recorder.hpp>

namespace {

using namespace station::target;
using What = TraceEvent::What;

TEST_CASE("a trace is written as lines and read back the same, whatever the bytes") {
    Recorder recorder{{}};
    recorder.note("a", What::connected);
    for (const std::size_t size : {1U, 2U, 3U, 4U}) recorder.note("a", What::sent, std::string(size, '\xFF'));
    recorder.note("b", What::received, "é \"quoted\"\n");
    recorder.note("b", What::received, std::string{"\0", 1});
    recorder.note("b", What::ended);
    const Trace trace = recorder.trace();
    CHECK(trace.whole());
    const std::string lines = to_lines(trace);
    CHECK(lines.find(R"("on":"a","what":"sent","base64":"//8=")") != std::string::npos);
    CHECK(parse_lines(lines) == trace.events);
    CHECK(parse_lines("no JSON").empty());
    CHECK(parse_lines(R"({"at":1,"on":"a","what":"sang"})").empty());
}

TEST_CASE("a recorder keeps the first connections, and the first bytes without a hole") {
    Recorder recorder{{.connections = 2, .bytes = 10}};
    recorder.note("a", What::sent, "12345");
    recorder.note("b", What::sent, "123");
    recorder.note("c", What::sent, "1");      // one connection too many
    recorder.note("a", What::sent, "12345");  // too long
    recorder.note("b", What::sent, "1");      // would fit, but something before it is missing
    const Trace trace = recorder.trace();
    CHECK(trace.events.size() == 2);
    CHECK(trace.bytes_left_out == 7);
    CHECK_FALSE(trace.whole());
}

}  // namespace
