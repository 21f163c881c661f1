// Step 3: whatever comes in, every request gets one reply, and the right one.
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>
#include <loadgen/target/connection.hpp>

#include <algorithm>
#include <array>
#include <random>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

enum class Answer { accepted, invalid_json, invalid_event, line_too_long };

struct Kind {
    std::string name;
    Answer answer;
    std::string line;  // without '\n'
    bool in_pieces = false;
};

struct Tally {
    double sent = 0;
    double right = 0;
    double wrong = 0;  // answered, but not as the contract says
};

const std::vector<Kind>& kinds() {
    static const std::string event = R"({"user":"alice","action":"buy","amount":100})";
    static const std::vector<Kind> all{
        {"valid events", Answer::accepted, event},
        {"valid, in pieces", Answer::accepted, event, true},
        {"valid, 60,000 bytes", Answer::accepted,
         R"({"user":"bob","action":"sell","amount":1,"note":")" + std::string(60'000, 'x') + "\"}"},
        {"garbage", Answer::invalid_json, "GET / HTTP/1.1"},
        {"half an object", Answer::invalid_json, event.substr(0, 20)},
        {"invalid UTF-8", Answer::invalid_json, "{\"user\":\"al\xC3\x28ice\",\"action\":\"buy\",\"amount\":1}"},
        {"a NUL byte", Answer::invalid_json, std::string{"{\"user\":\"al\0ice\"}", 17}},
        {"JSON, no event", Answer::invalid_event, R"({"user":"alice","action":"steal","amount":100})"},
    };
    return all;
}

bool is_answer(const std::string& reply, Answer answer) {
    constexpr std::array kBeginnings{
        std::string_view{R"({"status":"accepted")"},
        std::string_view{R"({"status":"error","reason":"invalid_json")"},
        std::string_view{R"({"status":"error","reason":"invalid_event")"},
        std::string_view{R"({"status":"error","reason":"line_too_long")"},
    };
    return reply.starts_with(kBeginnings[static_cast<std::size_t>(answer)]);
}

// Later steps answer a valid event with a balance, or a refusal; those are as right as "accepted".
bool is_right(const std::string& reply, Answer answer) {
    if (is_answer(reply, answer)) return true;
    return answer == Answer::accepted && (reply.starts_with(R"({"status":"ok","balance":)") ||
                                          reply == R"({"status":"rejected","reason":"server_busy"})");
}

constexpr auto kParsingPatience = 2s;

void send(target::Connection& client, const Kind& kind) {
    if (!kind.in_pieces) return client.send(kind.line + "\r\n", kParsingPatience);
    const std::size_t third = kind.line.size() / 3;
    for (const auto piece : {std::string_view{kind.line}.substr(0, third), std::string_view{kind.line}.substr(third),
                             std::string_view{"\n"}}) {
        client.send(piece, kParsingPatience);
        client.wait_until_read();
    }
}

// One client: `order` of kinds, pipelined eight at a time, then a line that is too long or half a line and FIN.
void converse(const Running& server, const std::vector<std::size_t>& order, bool ends_too_long,
              std::vector<Tally>& tallies) {
    constexpr std::size_t kPipelined = 8;
    auto client = connect(server);
    const auto read_one = [&](Tally& tally, Answer answer) {
        const auto reply = client.read_line(kParsingPatience);
        if (reply.got != target::Connection::Got::line) return false;
        (is_right(reply.line, answer) ? tally.right : tally.wrong) += 1;
        return true;
    };
    for (std::size_t i = 0; i < order.size(); i += kPipelined) {
        const std::size_t end = std::min(i + kPipelined, order.size());
        for (std::size_t j = i; j < end; ++j) {
            send(client, kinds()[order[j]]);
            tallies[order[j]].sent += 1;
        }
        for (std::size_t j = i; j < end; ++j) {
            if (!read_one(tallies[order[j]], kinds()[order[j]].answer)) return;
        }
    }
    if (ends_too_long) {
        Tally& too_long = tallies.back();
        too_long.sent += 1;
        client.send(std::string(70'000, 'x') + "\n", kParsingPatience);
        read_one(too_long, Answer::line_too_long);
    } else {
        // Half a line, then the end: no request, so no reply. One that comes counts as a wrong one.
        client.send(kinds()[0].line, kParsingPatience);
        client.half_close();
        if (client.read_line(kParsingPatience).got == target::Connection::Got::line) tallies[0].wrong += 1;
    }
}

}  // namespace

void every_request_answered(Lesson& lesson, const Program& program, Context& context) {
    if (!context.wants({"step03.one-reply-each"})) return;
    constexpr std::size_t kClients = 20;
    constexpr std::size_t kLines = 80;
    context.progress(program.label + ": garbage, half lines, huge lines, invalid UTF-8");
    auto server = start(program, {});
    std::vector<Tally> tallies(kinds().size() + 1);
    std::minstd_rand random{3};
    for (std::size_t i = 0; i < kClients; ++i) {
        std::vector<std::size_t> order;
        for (std::size_t j = 0; j < kLines; ++j) order.push_back(random() % kinds().size());
        converse(server, order, i % 2 == 0, tallies);
    }

    draw::BarChart chart{.value = {.label = "requests"},
                         .parts = {{.label = "answered rightly"},
                                   {.label = "answered wrongly", .meaning = draw::Meaning::wrong},
                                   {.label = "not answered", .meaning = draw::Meaning::loss}}};
    Tally all;
    for (std::size_t i = 0; i < tallies.size(); ++i) {
        const Tally& tally = tallies[i];
        all.sent += tally.sent;
        all.right += tally.right;
        all.wrong += tally.wrong;
        chart.bars.push_back(
            {.name = {.kind = i < kinds().size() ? kinds()[i].name : "a line of 70,000 bytes"},
             .values = {tally.right, tally.wrong, std::max(0.0, tally.sent - tally.right - tally.wrong)},
             .expected = tally.sent,
             .note = number(tally.right) + " of " + number(tally.sent)});
    }
    const double missing = std::max(0.0, all.sent - all.right - all.wrong);
    lesson.headline =
        number(all.sent) + " requests, most of them broken, and " + number(all.right + all.wrong) + " replies";
    lesson.commands = {"./dev check 3"};
    lesson.findings.push_back(judge_gain(
        {.id = "step03.one-reply-each",
         .title = "Every request gets one reply, whatever it was",
         .what = "requests answered rightly, of " + number(all.sent),
         .measured = all.right,
         .ratio = all.right / all.sent,
         .expected = "all of them, none missing",
         .bound = counted(all.right == all.sent && all.wrong == 0),
         .shown = "Framing comes first, parsing second: a line that is no event is still a line, and gets its answer",
         .cause = number(missing) + " requests were not answered and " + number(all.wrong) + " were answered wrongly",
         .next = "Cut the stream into lines before looking at them: steps/03_json_parsing/README.md"}));
    lesson.figures.push_back(
        {.id = "step03-replies",
         .title = "Sent and answered, by kind",
         .about = "Twenty clients send " + number(all.sent) +
                  " lines in mixed order. The dashed mark is what was sent: every bar must reach it, "
                  "all in blue.",
         .chart = chart,
         .caption = draw::Caption::answers});
}

}  // namespace station::lesson
