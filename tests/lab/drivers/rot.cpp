// Any byte of a log's files flipped, removed, cut off or swapped with another topic's: never silence, never a wrong
// event.
#include "check.hpp"
#include "digest.hpp"
#include "folder.hpp"
#include "scenarios.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <station/log/detail/index.hpp>

namespace station::lab {
namespace {

const std::vector<std::string> kTopics{"one", "two"};

// Two topics of several segments each, closed in good order or killed.
struct Victim {
    Folder folder;
    std::map<std::string, Events> events;
    bool clean = false;
};

Victim make_victim(Random& random, bool clean) {
    SimulatedDisk disk{random.pick(1, 1'000'000)};
    Victim victim;
    victim.clean = clean;
    auto bus = open_bus(small_config(disk));
    for (const std::string& name : kTopics) {
        auto topic = open_topic(bus, name);
        for (int i = 0; i < 80; ++i) {
            const std::string payload = name + " " + std::to_string(i) + std::string(random.pick(0, 120), 'x');
            expect(topic.publish(payload).has_value(), "no publish");
        }
        victim.events[name] = read_all(topic);
    }
    if (clean) bus.shutdown();
    disk.kill();
    victim.folder = Folder::of(disk);
    std::erase_if(victim.folder.files, [](const auto& file) { return file.second.empty(); });
    return victim;
}

struct Change {
    std::string words;
    std::string file;
    // Bytes at the end of a log that nothing vouches for are as if they had never been written.
    bool may_be_silent = false;
};

// What one topic gives after the change.
struct Seen {
    std::vector<std::pair<std::uint64_t, Event>> events;
    bool said = false;  // somebody was told that something is missing
};

class Rot {
  public:
    explicit Rot(const Options& options) : options_(options) {
        Random random{1};
        victims_.push_back(make_victim(random, true));
        victims_.push_back(make_victim(random, false));
    }

    int run() {
        for (std::uint64_t seed = options_.seed; seed < options_.seed + options_.count; ++seed) one(seed);
        std::printf(
            "{\"changes\":%llu,\"refused_to_open\":%llu,\"told\":%llu,\"nothing_lost\":%llu,\"as_if_never_written\""
            ":%llu,\"wrong\":%llu,\"digest\":%s}\n",
            number(options_.count), number(refused_), number(told_), number(harmless_), number(silent_), number(wrong_),
            digest_json(digest_.value()).c_str());
        return wrong_ > 0 ? 1 : 0;
    }

  private:
    static unsigned long long number(std::uint64_t value) { return value; }

    void one(std::uint64_t seed) {
        Random random{seed};
        const Victim& victim = victims_[random.pick(0, 1)];
        Folder folder = victim.folder;
        const Change change = apply(random, victim, folder);
        try {
            const auto disk = folder.disk();
            look(victim, *disk, change);
            digest_.add(*disk);
        } catch (const std::exception& broken) {
            if (wrong_++ < 5) {
                std::fprintf(stderr, "seed %llu, %s log, %s: %s\n", number(seed), victim.clean ? "closed" : "killed",
                             change.words.c_str(), broken.what());
            }
        }
    }

    static std::string other_topic(std::string file) {
        const bool first = file.find("/one/") != std::string::npos;
        const std::string from = first ? "/one/" : "/two/";
        const auto at = file.find(from);
        return at == std::string::npos ? std::string{} : file.replace(at, from.size(), first ? "/two/" : "/one/");
    }

    Change apply(Random& random, const Victim& victim, Folder& folder) {
        auto chosen = folder.files.begin();
        std::advance(chosen, static_cast<std::ptrdiff_t>(random.pick(0, folder.files.size() - 1)));
        const std::string file = chosen->first;
        FileBytes& bytes = chosen->second;
        const bool last_segment = file.ends_with(".seg") && !victim.clean &&
                                  !folder.files.contains(log::Path{file}.replace_extension(".idx").string());
        switch (random.pick(0, 7)) {
            case 0: {
                folder.files.erase(chosen);
                return {"without " + file, file, last_segment};
            }
            case 1: {
                const std::uint64_t size = random.pick(0, bytes.size() - 1);
                bytes.resize(size);
                return {file + " cut at byte " + std::to_string(size), file, last_segment};
            }
            case 2: {
                const std::string other = other_topic(file);
                if (folder.files.contains(other)) {
                    std::swap(bytes, folder.files.at(other));
                    return {file + " swapped with " + other, file};
                }
                [[fallthrough]];
            }
            default: {
                const std::uint64_t at = random.pick(0, bytes.size() - 1);
                bytes[at] ^= static_cast<std::byte>(random.pick(1, 255));
                return {file + " changed at byte " + std::to_string(at), file};
            }
        }
    }

    void look(const Victim& victim, SimulatedDisk& disk, const Change& change) {
        disk.power_on();
        auto bus = log::Bus::open(small_config(disk));
        if (!bus) {
            ++refused_;
            return;
        }
        bool said = false;
        bool lost = false;
        for (const std::string& name : kTopics) {
            auto topic = bus->topic(name);
            if (!topic) {
                said = true;
                continue;
            }
            const Seen seen = read(*topic);
            compare(name, seen, victim.events.at(name));
            const bool whole = seen.events.size() == victim.events.at(name).size();
            const bool its_own = change.file.find("/" + name + "/") != std::string::npos;
            const bool shared =
                change.file.ends_with("bus.meta.json") || change.words.find("swapped") != std::string::npos;
            expect(whole || its_own || shared, name, " has lost events through another topic's file");
            lost = lost || !whole;
            expect(whole || seen.said || change.may_be_silent, name, " has ", seen.events.size(), " of ",
                   victim.events.at(name).size(), " events and says nothing");
            if (!whole && !seen.said) ++silent_;
            if (whole && !change.file.ends_with(".seg")) {
                expect(topic->condition() == log::Condition::open, name,
                       " takes no more publishes, though its log is whole");
            }
            said = said || seen.said;
        }
        if (!lost) {
            ++harmless_;
        } else if (said)
            ++told_;
    }

    // Everything that can be read, with what was said about the rest.
    Seen read(log::Topic& topic) const {
        Seen seen;
        const log::RecoveryReport& report = topic.recovery();
        seen.said = !report.damage.empty() || !report.cut_from.empty() || !report.set_aside.empty();
        auto cursor = topic.subscribe(log::StartFrom::beginning());
        for (;;) {
            const auto batch = cursor.poll();
            if (!batch) {
                expect(batch.error() == log::Errc::damaged, "a cursor says ", batch.error().message());
                seen.said = true;
                cursor.skip_damage();
                continue;
            }
            if (batch->empty()) break;
            for (const log::EventView& view : *batch) seen.events.emplace_back(view.offset, to_event(view));
        }
        // The control: a reader that passes over what it can't read, and tells nobody.
        if (options_.control) seen.said = false;
        return seen;
    }

    static void compare(const std::string& name, const Seen& seen, const Events& wanted) {
        std::uint64_t next = 0;
        for (const auto& [offset, event] : seen.events) {
            expect(offset >= next && offset < wanted.size(), name, ": offset ", offset, " where ", next, " comes next");
            expect(event == wanted[offset], name, ": offset ", offset, " is a wrong event, '",
                   event.payload.substr(0, 20), "'");
            next = offset + 1;
        }
    }

    const Options options_;
    std::vector<Victim> victims_;
    std::uint64_t refused_ = 0;
    std::uint64_t told_ = 0;
    std::uint64_t harmless_ = 0;
    std::uint64_t silent_ = 0;
    std::uint64_t wrong_ = 0;
    Digest digest_;
};

}  // namespace

int rot(const Options& options) { return Rot{options}.run(); }

}  // namespace station::lab
