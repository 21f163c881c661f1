// Folders to grow with: makes them by the log's own writer, without a server, and looks events up in them.
//
//     growth_folder events DIR COUNT SIZE    appends until the topic lobby has COUNT events of SIZE bytes
//     growth_folder topics DIR COUNT         COUNT topics, t1 and so on, with an event in each, none of it synced
//     growth_folder look-up DIR COUNT        COUNT events of lobby by offset, by time and by id, each kind by a bus
//                                            that was opened for it: no cache of ours is warm, the page cache is
//
// Prints one line of JSON. A look-up that finds another event is status 1.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <station/base/numbers.hpp>
#include <station/log/bus.hpp>
#include <station/log/layout.hpp>
#include <stdexcept>
#include <string>

#include "unsynced_disk.hpp"

namespace {

using namespace station::log;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 10'000;

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

Bus open_or_throw(const std::string& dir, bool read_only, Disk* disk = nullptr) {
    BusConfig config;
    config.dir = dir;
    config.durability = Durability::os();
    config.read_only = read_only;
    config.follow = false;
    config.disk = disk;
    auto bus = Bus::open(config);
    if (!bus) throw std::runtime_error{bus.error().message()};
    return std::move(*bus);
}

Topic topic_or_throw(Bus& bus, const std::string& name) {
    auto topic = bus.topic(name);
    if (!topic) throw std::runtime_error{topic.error().message()};
    return std::move(*topic);
}

void end_or_throw(Bus& bus) {
    if (const std::error_code error = bus.shutdown()) throw std::runtime_error{error.message()};
}

nlohmann::ordered_json make_events(const std::string& dir, std::size_t count, std::size_t size) {
    const auto began = Clock::now();
    Bus bus = open_or_throw(dir, false);
    Topic topic = topic_or_throw(bus, "lobby");
    const std::string payload(size, 'x');
    const std::vector<Message> messages(kBatch, Message{as_bytes(payload)});
    for (std::size_t made = topic.next_offset(); made < count;) {
        const std::size_t batch = std::min(kBatch, count - made);
        const auto receipts = topic.publish_batch(std::span{messages}.first(batch));
        if (!receipts) throw std::runtime_error{receipts.error().message()};
        made += batch;
    }
    end_or_throw(bus);
    return {{"events", count}, {"seconds", seconds_since(began)}};
}

// As the bus leaves a folder whose topics were named and got no file yet: to make them one by one, each with a list of
// all of them, would take minutes.
void name_topics(const std::string& dir, std::size_t count) {
    nlohmann::ordered_json topics;
    for (std::size_t i = 1; i <= count; ++i) {
        const std::string name = "t" + std::to_string(i);
        topics.push_back({{"name", name}, {"stream", i}});
        std::filesystem::create_directories(Path{dir} / kTopicsFolder / name);
    }
    std::ofstream meta{Path{dir} / kMetaFile};
    meta << nlohmann::ordered_json{{"version", 1}, {"topics", topics}} << std::flush;
    if (!meta) throw std::runtime_error{"the names can't be written"};
}

nlohmann::ordered_json make_topics(const std::string& dir, std::size_t count) {
    const auto began = Clock::now();
    name_topics(dir, count);
    station::growth::UnsyncedDisk disk;
    Bus bus = open_or_throw(dir, false, &disk);
    for (Topic& topic : bus.topics()) {
        if (const auto receipt = topic.publish("event"); !receipt) throw std::runtime_error{receipt.error().message()};
    }
    end_or_throw(bus);
    return {{"topics", count}, {"seconds", seconds_since(began)}};
}

// What is asked for, and what must come.
struct Wanted {
    std::uint64_t offset = 0;
    std::int64_t time = 0;
    EventId id;
};

Wanted read_at(Topic& topic, const StartFrom& from) {
    Cursor cursor = topic.subscribe(from);
    const auto event = cursor.poll({.events = 1});
    if (!event) throw std::runtime_error{event.error().message()};
    if (event->empty()) throw std::runtime_error{"an event that is there was not found"};
    return {event->front().offset, event->front().time, event->front().id};
}

std::vector<Wanted> choose(const std::string& dir, std::size_t count) {
    Bus bus = open_or_throw(dir, true);
    Topic topic = topic_or_throw(bus, "lobby");
    if (topic.next_offset() == 0) throw std::runtime_error{"there is no event"};
    std::mt19937_64 random{18};  // NOLINT(cert-msc32-c,cert-msc51-cpp): each run asks for the same
    std::uniform_int_distribution<std::uint64_t> any{topic.first_offset(), topic.next_offset() - 1};
    std::vector<Wanted> chosen;
    while (chosen.size() < count) chosen.push_back(read_at(topic, StartFrom::offset(any(random))));
    return chosen;
}

template <typename Ask, typename Same>
nlohmann::ordered_json timed(const std::string& dir, const std::vector<Wanted>& chosen, Ask ask, Same same) {
    Bus bus = open_or_throw(dir, true);
    Topic topic = topic_or_throw(bus, "lobby");
    std::vector<double> took;
    for (const Wanted& wanted : chosen) {
        const auto began = Clock::now();
        const Wanted found = read_at(topic, ask(wanted));
        took.push_back(seconds_since(began) * 1e6);
        if (!same(found, wanted)) throw std::runtime_error{"another event than the one asked for was found"};
    }
    std::ranges::sort(took);
    return {{"p50_us", took[took.size() / 2]}, {"p99_us", took[took.size() * 99 / 100]}};
}

nlohmann::ordered_json look_up(const std::string& dir, std::size_t count) {
    const std::vector<Wanted> chosen = choose(dir, count);
    const auto same = [](const Wanted& a, const Wanted& b) { return a.offset == b.offset && a.id == b.id; };
    // Events of one batch may have one time: the first of them is what is asked for.
    const auto as_old = [](const Wanted& a, const Wanted& b) { return a.offset <= b.offset && a.time == b.time; };
    return {{"offset", timed(
                           dir, chosen, [](const Wanted& it) { return StartFrom::offset(it.offset); }, same)},
            {"time", timed(
                         dir, chosen, [](const Wanted& it) { return StartFrom::time(it.time); }, as_old)},
            {"id", timed(
                       dir, chosen, [](const Wanted& it) { return StartFrom::event(it.id); }, same)}};
}

std::size_t number(const char* text) {
    const auto value = station::base::parse_number<std::size_t>(text);
    if (!value || *value == 0) throw std::invalid_argument{std::string{"not a number from 1 on: "} + text};
    return *value;
}

nlohmann::ordered_json run(const std::vector<const char*>& arguments) {
    const std::string_view what = arguments.empty() ? "" : arguments[0];
    if (what == "events" && arguments.size() == 4) {
        return make_events(arguments[1], number(arguments[2]), number(arguments[3]));
    }
    if (what == "topics" && arguments.size() == 3) return make_topics(arguments[1], number(arguments[2]));
    if (what == "look-up" && arguments.size() == 3) return look_up(arguments[1], number(arguments[2]));
    throw std::invalid_argument{"usage: growth_folder events DIR COUNT SIZE | topics DIR COUNT | look-up DIR COUNT"};
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto result = run({argv + 1, argv + argc});
        std::printf("%s\n", result.dump().c_str());
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "growth_folder: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
