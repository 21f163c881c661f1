#include <loadgen/check/replay.hpp>

#include <algorithm>
#include <iostream>
#include <loadgen/check/trace_folder.hpp>
#include <loadgen/target/connection.hpp>
#include <loadgen/target/excerpt.hpp>
#include <map>
#include <thread>

namespace station::check {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using What = target::TraceEvent::What;

constexpr Milliseconds kPatience{2000};

// What came back on a connection, in one piece: where its bytes were cut is chance.
using Received = std::map<std::string, std::string>;

Received received(const std::vector<target::TraceEvent>& events) {
    Received all;
    for (const target::TraceEvent& event : events) {
        std::string& bytes = all[event.connection];
        if (event.what == What::received) bytes += event.bytes;
    }
    return all;
}

std::vector<std::string> lines_of(const std::string& bytes) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        lines.push_back(bytes.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

class Player {
  public:
    explicit Player(const net::Endpoint& server) : server_(server) {}

    // The recorded client's part, at its own pace.
    void play(const std::vector<target::TraceEvent>& events) {
        const auto begin = Clock::now();
        const auto first = events.empty() ? 0 : events.front().at;
        for (const target::TraceEvent& event : events) {
            if (event.what == What::received || event.what == What::ended) continue;
            std::this_thread::sleep_until(begin + std::chrono::microseconds{event.at - first});
            act(event);
        }
    }

    // As many lines as were received then, or as many as come.
    Received take(const Received& then) {
        Received now;
        for (const auto& [name, bytes] : then) {
            std::string& came = now[name];
            const auto connection = connections_.find(name);
            if (connection == connections_.end()) continue;
            for (std::size_t i = lines_of(bytes).size(); i > 0; --i) {
                const auto reply = connection->second.read_line(kPatience);
                came += reply.line + (reply.got == target::Connection::Got::line ? "\n" : "");
                if (reply.got != target::Connection::Got::line) break;
            }
        }
        return now;
    }

  private:
    void act(const target::TraceEvent& event) {
        if (event.what == What::connected) {
            auto connection = target::Connection::open(server_, kPatience);
            if (connection) connections_.emplace(event.connection, std::move(*connection));
            return;
        }
        const auto found = connections_.find(event.connection);
        if (found == connections_.end()) return;
        if (event.what == What::sent) found->second.send(event.bytes, kPatience);
        if (event.what == What::half_closed) found->second.half_close();
        // What was closed by the client had been read to its end before that; here it is read later.
    }

    net::Endpoint server_;
    std::map<std::string, target::Connection> connections_;
};

std::string quoted(const std::vector<std::string>& lines, std::size_t i) {
    return i < lines.size() ? target::Excerpt{lines[i]}.text() : "nothing";
}

// The first difference of each connection.
void compare(const Received& then, const Received& now) {
    std::size_t same = 0;
    for (const auto& [name, bytes] : then) {
        const auto before = lines_of(bytes);
        const auto after = lines_of(now.at(name));
        const auto differs = std::mismatch(before.begin(), before.end(), after.begin(), after.end()).first;
        if (before == after) {
            ++same;
            continue;
        }
        const auto place = static_cast<std::size_t>(differs - before.begin());
        std::cout << "  connection " << name << ", reply " << place + 1 << ": it was " << quoted(before, place)
                  << ", and now it is " << quoted(after, place) << "\n";
    }
    std::cout << "  " << same << " of " << then.size() << " connections got the same replies as then\n";
}

tl::expected<void, std::string> send_again(const TraceFolder& trace, const target::Program& program) {
    const auto target = target::Target::start(program, trace.head.options);
    if (!target) return tl::unexpected(target.error());
    Player player{target->endpoint()};
    player.play(trace.events);
    const Received then = received(trace.events);
    compare(then, player.take(then));
    return {};
}

tl::expected<Verdict, std::string> judge_case(const TraceFolder& trace, const Options& options,
                                              const target::Program& program) {
    const auto groups = load_groups(options.cases);
    if (!groups) return tl::unexpected(groups.error());
    for (const Group& group : *groups) {
        for (const Case& one : group.cases) {
            if (one.id != trace.head.id) continue;
            const auto target =
                target::Target::start(program,
                                      target::takes_options(program) ? one.options : std::vector<std::string>{});
            if (!target) return tl::unexpected(target.error());
            const Setting setting{target->endpoint(), trace.head.step, kPatience};
            const auto failure = run_case(one, trace.head.run, Names{trace.head.seed}, setting);
            if (failure) std::cout << "  expected " << failure->expected << "\n  came     " << failure->came << "\n";
            return failure ? Verdict::fail : Verdict::pass;
        }
    }
    return tl::unexpected("there is no case " + trace.head.id);
}

tl::expected<Verdict, std::string> judge_finding(const TraceFolder& trace, const Options& options,
                                                 const target::Program& program) {
    lesson::Context context{options.bin};
    context.wanted = {trace.head.id};
    context.complete = false;
    const auto lesson = lesson::run_lesson(trace.head.step, lesson::to_program(program), context);
    for (const auto& finding : lesson.findings) std::cout << lesson::to_text(finding) << "\n";
    if (lesson.findings.empty()) return tl::unexpected("there is no finding " + trace.head.id);
    return lesson::overall(lesson);
}

}  // namespace

tl::expected<Verdict, std::string> replay(const Options& options) {
    const auto trace = read_trace(options.replay);
    if (!trace) return tl::unexpected(trace.error());
    const TraceHead& head = trace->head;
    target::Program program = options.given_program ? options.program : head.program;
    if (const auto* const step = std::get_if<target::StepBinary>(&program))
        program = target::StepBinary{step->folder, head.step};

    std::cout << "step " << head.step << ", " << head.id << " again: " << to_string(program) << std::endl;
    if (!trace->events.empty()) {
        if (const auto sent = send_again(*trace, program); !sent) return tl::unexpected(sent.error());
    }
    auto verdict =
        head.kind == "contract" ? judge_case(*trace, options, program) : judge_finding(*trace, options, program);
    if (!verdict) return verdict;
    std::cout << (to_string(*verdict) == head.verdict ? "The same verdict: "
                                                      : "Another verdict, it was " + head.verdict + ": ")
              << to_string(*verdict) << ". "
              << (*verdict == Verdict::pass ? "Next: ./dev check " + std::to_string(head.step) + " checks all of it."
                                            : "Next: " + head.cause.substr(0, head.cause.find('\n')) + ".")
              << std::endl;
    return verdict;
}

}  // namespace station::check
