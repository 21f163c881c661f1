#include <loadgen/lesson/crash_trial.hpp>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLongestWait{10'000};
constexpr std::size_t kWitnesses = 4;
constexpr std::size_t kBurst = 50;
constexpr const char* kLoadTopic = "load";

net::Endpoint announced(const tl::expected<std::string, std::string>& line, const std::string& words) {
    if (!line) throw CannotMeasure{line.error()};
    const auto at = line->find(words);
    const auto endpoint = at == std::string::npos ? std::nullopt : net::parse_endpoint(line->substr(at + words.size()));
    if (!endpoint) throw CannotMeasure{"the station announced itself with \"" + *line + "\""};
    return *endpoint;
}

// Bursts of numbered events until the connection ends.
void testify(const net::Endpoint& lines, Witness& witness) {
    auto connection = target::Connection::open(lines, kLongestWait);
    if (!connection) return;
    while (true) {
        std::string burst;
        for (std::size_t i = 0; i < kBurst; ++i) {
            burst += R"({"user":")" + witness.name + R"(","action":"buy","amount":)" + std::to_string(++witness.sent) +
                     "}\n";
        }
        connection->send(burst, kLongestWait);
        for (std::size_t i = 0; i < kBurst; ++i) {
            const auto reply = connection->read_line(kLongestWait);
            if (reply.got != target::Connection::Got::line) return;
            const auto json = nlohmann::json::parse(reply.line, nullptr, false);
            if (!json.is_object() || json.value("status", "") != "accepted") return;
            witness.offsets.push_back(json.at("offset").get<std::uint64_t>());
        }
    }
}

// The body of a reply, line by line. As HTTP/1.0 it is nothing but the lines, up to the end of the stream.
template <typename OnLine>
void get(const net::Endpoint& web, const std::string& target, OnLine on_line) {
    auto connection = target::Connection::open(web, kLongestWait);
    if (!connection) throw CannotMeasure{connection.error()};
    connection->send("GET " + target + " HTTP/1.0\r\n\r\n", kLongestWait);
    bool in_body = false;
    while (true) {
        const auto reply = connection->read_line(kLongestWait);
        if (reply.got == target::Connection::Got::end) return;
        if (reply.got != target::Connection::Got::line) throw CannotMeasure{"GET " + target + " came to no end"};
        if (in_body) on_line(reply.line);
        in_body = in_body || reply.line == "\r" || reply.line.empty();
    }
}

std::map<std::string, std::vector<Found>> read_events(const net::Endpoint& web) {
    std::map<std::string, std::vector<Found>> by_witness;
    get(web, "/api/topics/events/events?from=beginning", [&](const std::string& line) {
        const auto event = nlohmann::json::parse(line, nullptr, false);
        if (!event.is_object() || !event.contains("payload")) throw CannotMeasure{"a replay brought " + line};
        const auto payload = nlohmann::json::parse(event.at("payload").get<std::string>());
        by_witness[payload.at("user").get<std::string>()].push_back(
            {event.at("offset").get<std::uint64_t>(), payload.at("amount").get<std::size_t>()});
    });
    return by_witness;
}

double length_of(const net::Endpoint& web, const std::string& topic) {
    double length = 0;
    get(web, "/api/topics", [&](const std::string& line) {
        for (const auto& one : nlohmann::json::parse(line)) {
            if (one.at("name") == topic) length = one.at("next_offset").get<double>();
        }
    });
    return length;
}

hammer::Plan load_of(const net::Endpoint& web, hammer::Nanoseconds duration) {
    hammer::Plan plan;
    plan.target = web;
    plan.connections = 4;
    plan.pipeline = 100;
    plan.duration = duration;
    plan.patience = 2s;
    plan.mix = hammer::Mix::ws;
    plan.payload = 128;
    plan.topic = kLoadTopic;
    return plan;
}

void add_rates(const hammer::Result& result, double from, double until, std::vector<draw::Point>& points) {
    double before = 0;
    for (const hammer::Sample& sample : result.series) {
        const double at = std::chrono::duration<double>(sample.at).count();
        if (at - before > 0.05 && from + at <= until) {
            points.push_back({from + at, static_cast<double>(sample.replies.accepted) / (at - before)});
        }
        before = at;
    }
}

}  // namespace

Station start_station(const std::string& bin_dir, const std::string& data_dir) {
    auto process =
        target::Process::start({bin_dir + "/station", "serve", "--data", data_dir, "--port", "0", "--line-port", "0"});
    if (!process) throw CannotMeasure{process.error()};
    const net::Endpoint web = announced(process->first_line(kLongestWait), " listening on ");
    const net::Endpoint lines = announced(process->second_line(kLongestWait), " lines on ");
    return {std::move(*process), web, lines};
}

Verification& Verification::operator+=(const Verification& more) {
    acknowledged += more.acknowledged;
    found += more.found;
    repeated += more.repeated;
    disordered += more.disordered;
    return *this;
}

Verification verify(const Witness& witness, const std::vector<Found>& log) {
    Verification seen{.acknowledged = static_cast<double>(witness.offsets.size())};
    std::set<std::size_t> numbers;
    std::size_t last = 0;
    for (const Found& event : log) {
        const bool is_new = numbers.insert(event.number).second;
        if (!is_new) ++seen.repeated;
        if (is_new && event.number < last) ++seen.disordered;
        last = std::max(last, event.number);
        const bool was_acknowledged = event.number >= 1 && event.number <= witness.offsets.size();
        if (is_new && was_acknowledged && witness.offsets[event.number - 1] == event.offset) ++seen.found;
    }
    return seen;
}

CrashTrial crash_under_load(const std::string& bin_dir, const std::string& data_dir) {
    CrashTrial trial;
    std::vector<Witness> witnesses(kWitnesses);
    hammer::Result before;
    std::random_device random;
    const std::chrono::milliseconds moment{std::uniform_int_distribution<>{600, 900}(random)};
    const auto begin = Clock::now();
    const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
    {
        Station station = start_station(bin_dir, data_dir);
        const double loaded_at = seconds();
        std::vector<std::jthread> clients;
        clients.emplace_back([&] { before = hammer::run(load_of(station.web, 5s)); });
        for (std::size_t i = 0; i < kWitnesses; ++i) {
            witnesses[i].name = "witness" + std::to_string(i);
            clients.emplace_back([&, i] { testify(station.lines, witnesses[i]); });
        }
        std::this_thread::sleep_for(moment);
        trial.killed_at = seconds();
        station.process.signal(SIGKILL);
        clients.clear();
        add_rates(before, loaded_at, trial.killed_at, trial.rate);
    }
    trial.load_acknowledged = static_cast<double>(before.replies.accepted);
    trial.rate.push_back({trial.killed_at, 0});

    const double restarted_at = seconds();
    Station station = start_station(bin_dir, data_dir);
    trial.back_at = trial.killed_at + seconds() - restarted_at;
    trial.load_found = length_of(station.web, kLoadTopic);
    const auto log = read_events(station.web);
    for (const Witness& witness : witnesses) {
        const auto found = log.find(witness.name);
        trial.witnessed += verify(witness, found == log.end() ? std::vector<Found>{} : found->second);
    }
    trial.rate.push_back({trial.back_at, 0});
    const auto after = hammer::run(load_of(station.web, 600ms));
    add_rates(after, trial.back_at, trial.back_at + 0.65, trial.rate);
    return trial;
}

}  // namespace station::lesson
