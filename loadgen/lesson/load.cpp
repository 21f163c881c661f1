#include <loadgen/lesson/load.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <nlohmann/json.hpp>
#include <station/base/descriptor_limit.hpp>
#include <utility>

namespace station::lesson {
namespace {

// A slice may end a moment late.
constexpr std::chrono::milliseconds kSlack{20};

// How a program ended that was not told to, or that did not take it well; empty where it did neither.
std::string unasked_end(target::Process& process) {
    // Its connections end a moment before it does.
    const std::chrono::milliseconds moment{std::uncaught_exceptions() > 0 ? 500 : 0};
    const auto status = process.wait(moment);
    if (!status) return {};
    constexpr int kCrashes[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGPIPE, SIGSYS};
    const bool crashed = std::find(std::begin(kCrashes), std::end(kCrashes), *status - 128) != std::end(kCrashes);
    if (!crashed && (*status == 0 || process.was_signalled())) return {};
    const std::string words = process.last_words();
    return target::how_it_ended(*status) + (words.empty() ? "" : " (its last words: " + words + ")");
}

}  // namespace

Running::~Running() {
    if (death && death->empty()) *death = unasked_end(process);
    if (recorder) recorder->end(process.standard_error());
}

Running start(const Program& program, const Options& options) {
    auto server = program.start(options);
    if (!server) throw CannotMeasure{server.error()};
    Running running{std::move(*server)};
    running.death = program.death;
    if (program.observer) running.recorder = program.observer->begin(options);
    return running;
}

std::optional<metrics::Counts> to_counts(std::string_view line) {
    const auto received = integer_in(line, "received");
    const auto processed = integer_in(line, "processed");
    const auto dropped = integer_in(line, "dropped");
    if (!received || !processed || !dropped || std::min({*received, *processed, *dropped}) < 0) return std::nullopt;
    return metrics::Counts{static_cast<std::uint64_t>(*received), static_cast<std::uint64_t>(*processed),
                           static_cast<std::uint64_t>(*dropped)};
}

std::optional<metrics::Counts> parse_counts(std::string_view standard_error) {
    std::optional<metrics::Counts> last;
    while (!standard_error.empty() && !last) {
        const auto begin = standard_error.find_last_of('\n') + 1;  // npos + 1 is 0
        last = to_counts(standard_error.substr(begin));
        standard_error = standard_error.substr(0, begin == 0 ? 0 : begin - 1);
    }
    return last;
}

Ending wait_for_end(target::Server& server, std::chrono::milliseconds patience) {
    const auto begin = std::chrono::steady_clock::now();
    Ending ending;
    ending.status = server.process.wait(patience);
    ending.took = std::chrono::round<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    ending.counts = parse_counts(server.process.standard_error());
    return ending;
}

Ending stop(target::Server& server, std::chrono::milliseconds patience) {
    server.process.signal(SIGINT);
    return wait_for_end(server, patience);
}

std::optional<std::int64_t> integer_in(std::string_view line, const char* key) {
    const auto object = nlohmann::json::parse(line.substr(std::min(line.find('{'), line.size())), nullptr, false);
    if (!object.is_object()) return std::nullopt;
    const auto member = object.find(key);
    if (member == object.end() || !member->is_number_integer()) return std::nullopt;
    return member->get<std::int64_t>();
}

metrics::Counts stop_and_count(target::Server& server) {
    const Ending ending = stop(server);
    if (!ending.status) throw CannotMeasure{"it did not end within 3 s of SIGINT"};
    if (!ending.counts) throw CannotMeasure{kNoCounts};
    return *ending.counts;
}

target::Connection connect(const Running& server, const std::string& name) {
    auto connection = target::Connection::open(server.endpoint, std::chrono::seconds{5});
    if (!connection) throw CannotMeasure{connection.error()};
    target::Connection client = std::move(*connection);
    if (server.recorder) client.record(server.recorder->recorder(), name);
    return client;
}

hammer::Result drive(const Running& server, hammer::Plan plan, const hammer::Progress& progress) {
    plan.target = server.endpoint;
    plan.tap = server.recorder.get();
    static const std::atomic<bool> never{false};
    return hammer::run(plan, never, progress);
}

hammer::Result hit(const Running& server, hammer::Plan plan, const hammer::Progress& progress) {
    auto result = drive(server, std::move(plan), progress);
    if (result.replies.total() == 0) {
        throw CannotMeasure{"no reply came" + (result.first_error.empty() ? "" : ": " + result.first_error)};
    }
    return result;
}

Rates steady_rates(const hammer::Result& result, hammer::Nanoseconds duration) {
    constexpr std::chrono::milliseconds kWarmUp{200};
    double served = 0;
    double rejected = 0;
    std::chrono::duration<double> time{0};
    hammer::Nanoseconds begin{0};
    for (const auto& sample : result.series) {
        if (begin + kSlack >= kWarmUp && sample.at <= duration + kSlack) {
            served += static_cast<double>(sample.replies.accepted + sample.replies.ok);
            rejected += static_cast<double>(sample.replies.server_busy);
            time += sample.at - begin;
        }
        begin = sample.at;
    }
    if (time.count() <= 0) throw CannotMeasure{"the run was over before it had begun"};
    return {served / time.count(), rejected / time.count()};
}

Latency steady_latency(const hammer::Result& result, hammer::Nanoseconds settled, hammer::Nanoseconds duration) {
    std::vector<double> p50;
    std::vector<double> p99;
    hammer::Nanoseconds begin{0};
    for (const auto& sample : result.series) {
        if (begin + kSlack >= settled && sample.at <= duration + kSlack && sample.replies.total() > 0) {
            p50.push_back(to_ms(sample.p50));
            p99.push_back(to_ms(sample.p99));
        }
        begin = sample.at;
    }
    return {median(std::move(p50)), median(std::move(p99))};
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

double to_ms(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }
double to_ms(hammer::Nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }

std::size_t allow_connections(std::size_t wanted) {
    constexpr std::size_t kOthers = 100;
    const std::size_t limit = base::raise_descriptor_limit(wanted + kOthers);
    return std::min(wanted, limit > kOthers ? limit - kOthers : 0);
}

}  // namespace station::lesson
