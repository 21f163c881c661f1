// Step 8: workers finish in any order; the replies of one connection may not.
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRequests = 256;

struct Order {
    double wrong = 0;
    std::string request;  // the first one that got another reply than its own
    std::string reply;
    std::size_t place = 0;
};

// Every event has a user and an amount of its own, so that its reply can be told from all others. Every fourth request
// asks for a balance that nobody has, which needs no worker.
std::string request(std::size_t i) {
    const std::string user = "\"user\":\"order" + std::to_string(i) + "\"";
    if (i % 4 == 3) return "{\"type\":\"balance\"," + user + "}";
    return "{" + user + ",\"action\":\"buy\",\"amount\":" + std::to_string(i + 1) + "}";
}

std::string right_reply(std::size_t i) {
    return R"({"status":"ok","balance":)" + std::to_string(i % 4 == 3 ? 0 : i + 1) + "}";
}

Order measure_order(const Program& program, Context& context) {
    context.progress(program.label + ": replies in order");
    auto server = start(program, {"--work", "sleep:1ms", "--workers", "8", "--queue", "1024"});
    auto client = connect(server);
    std::string lines;
    for (std::size_t i = 0; i < kRequests; ++i) lines += request(i) + "\n";
    client.send(lines, 5s);
    Order seen;
    for (std::size_t i = 0; i < kRequests; ++i) {
        const auto reply = client.read_line(5s);
        if (reply.line == right_reply(i)) continue;
        if (seen.wrong++ > 0) continue;
        seen.place = i + 1;
        seen.request = request(i);
        seen.reply = reply.got == target::Connection::Got::line ? reply.line : "nothing";
        if (reply.got != target::Connection::Got::line) break;
    }
    return seen;
}

}  // namespace

void judge_order(Lesson& lesson, const Program& program, Context& context) {
    if (!context.wants({"step08.replies-in-order"})) return;
    const Order seen = measure_order(program, context);
    lesson.findings.push_back(
        judge_gain({.id = "step08.replies-in-order",
                    .title = "Workers finish in any order, and replies come in the order of the requests",
                    .what = "replies that are another request's, of " + number(kRequests) + " on one connection",
                    .measured = seen.wrong,
                    .ratio = seen.wrong / static_cast<double>(kRequests),
                    .expected = "none",
                    .bound = counted(seen.wrong == 0),
                    .shown = "A connection keeps a place for each reply, and sends what is ready up to the first gap",
                    .cause = "Request " + number(static_cast<double>(seen.place)) + " was " + seen.request +
                             " and got " + seen.reply + ", which is another request's reply",
                    .next = "Reply through the Responder of the request itself: common/station/net/responder.hpp"}));
}

}  // namespace station::lesson
