#include <loadgen/explore/story.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <loadgen/explore/names.hpp>
#include <loadgen/explore/schedule.hpp>
#include <loadgen/explore/symbols.hpp>
#include <loadgen/explore/sync.hpp>
#include <loadgen/explore/trace.hpp>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace station::explore {
namespace {

// Of a story that is longer, the middle is left out.
constexpr std::size_t kMostAtBegin = 40;
constexpr std::size_t kMostAtEnd = std::size(Outcome{}.story) - kMostAtBegin - 1;
constexpr std::size_t kMostSource = 70;
// A value beyond this is an address, or bits.
constexpr std::int64_t kLargestNumber = 1'000'000'000'000;

std::optional<std::pair<std::uint32_t, std::uint32_t>> racing;

struct Line {
    std::string thread;
    std::string at;
    std::string what;
    bool operator==(const Line&) const = default;
};

// Who touched an address while others lived.
struct Users {
    std::uint32_t threads = 0;
    bool written = false;
    bool shared() const { return written && (threads & (threads - 1)) != 0; }
};

std::uintptr_t granule_of(const void* address) { return reinterpret_cast<std::uintptr_t>(address) >> 3; }
bool is_access(Act act) { return act == Act::read || act == Act::write || act == Act::atomic; }

std::string basename(const Place& place) {
    return place.file.substr(place.file.rfind('/') + 1) + ":" + std::to_string(place.line);
}

std::string shortened(std::string line) {
    if (line.size() > kMostSource) line = line.substr(0, kMostSource - 3) + "...";
    return line;
}

std::string number(std::uint64_t bits, std::uint32_t size) {
    const int unused = size >= 8 ? 0 : 64 - 8 * static_cast<int>(size);
    const auto value = static_cast<std::int64_t>(bits << unused) >> unused;
    if (value > kLargestNumber || value < -kLargestNumber) return "an address";
    return std::to_string(value);
}

std::string verb(Act act) {
    switch (act) {
        case Act::read: return "reads";
        case Act::write: return "writes";
        case Act::give_back: return "destroys";
        default: return "uses";
    }
}

class Teller {
  public:
    void tell() {
        for (int i = 0; i < thread_count(); ++i) settle_write(i);
        find_shared();
        find_names();
        for (std::size_t i = 0; i < events().size(); ++i) {
            if (is_shown(i)) add(line_of(events()[i]));
        }
        if (outcome->kind == Kind::deadlock || outcome->kind == Kind::lost_wake_up) add_blocked();
        write_lines();
        if (const auto cause = better_cause(); !cause.empty()) {
            std::snprintf(outcome->cause, sizeof outcome->cause, "%s", cause.c_str());
        }
    }

  private:
    void find_shared() {
        for (const Event& event : events()) {
            const auto& [act, what, noun, address, size, before, after] = event.happening;
            if (event.alone || !is_access(act)) continue;
            Users& users = users_[granule_of(address)];
            users.threads |= 1U << event.thread;
            users.written |= act == Act::write || (act == Act::atomic && before != after);
        }
    }

    bool is_racing(std::size_t number) const { return racing && (racing->first == number || racing->second == number); }

    bool is_shown(std::size_t number) {
        const Event& event = events()[number];
        const Act act = event.happening.act;
        if (is_racing(number) || act == Act::verdict) return true;
        if (event.alone || act == Act::give_back) return false;
        if (is_access(act) && !users_[granule_of(event.happening.address)].shared()) return false;
        if (act != Act::atomic && act != Act::operation && !is_direct(event)) return false;
        return place_of(event).line != 0;
    }

    // Whether the learner's own line does it, and not a library that the line calls.
    static bool is_direct(const Event& event) { return explore::is_learners(event.frames.front()); }

    static Place place_of(const Event& event) {
        for (const void* const frame : event.frames) {
            for (const Place& place : places_of(frame)) {
                if (is_learners(place)) return place;
            }
        }
        return {};
    }

    // An address has the name that the first line gives it that can mean one object only.
    void find_names() {
        for (std::size_t i = 0; i < events().size(); ++i) {
            const Event& event = events()[i];
            const void* const address = event.happening.address;
            if (address == nullptr || names_.contains(address) || !is_shown(i)) continue;
            if (is_access(event.happening.act) && !is_direct(event) && !is_racing(i)) continue;
            if (auto name = object_in(source_line(place_of(event))); !name.empty()) names_[address] = std::move(name);
        }
    }

    std::string name_of(const void* address, const std::string& noun) const {
        const auto found = names_.find(address);
        return found == names_.end() ? noun : found->second;
    }

    Line line_of(const Event& event) const {
        const Place place = place_of(event);
        const Happening& happening = event.happening;
        Line line{thread(event.thread).name, place.line == 0 ? "" : basename(place), ""};
        const std::string source = shortened(source_line(place));
        const bool in_library = is_access(happening.act) && !is_direct(event);
        if (in_library && happening.act == Act::atomic) {
            line.what = "is in `" + source + "`";
            return line;
        }
        const bool named = names_.contains(happening.address);
        for (const char* letter = happening.what; *letter != '\0'; ++letter) {
            switch (*letter) {
                case '@': line.what += named ? names_.at(happening.address) : happening.noun; break;
                case '#': line.what += number(happening.before, happening.size); break;
                case '$': line.what += number(happening.after, happening.size); break;
                default: line.what += *letter;
            }
        }
        const bool says_nothing = is_access(happening.act) && (in_library || !named);
        if (says_nothing && !source.empty()) line.what += ", in `" + source + "`";
        return line;
    }

    // A thread that does the same again while nothing else happens (it looks in a loop) says it once.
    void add(Line line) {
        const auto [last, is_first] = last_.try_emplace(line.thread, line);
        const bool again = !is_first && last->second == line && said_since_[line.thread] == 0;
        if (again) return;
        last->second = line;
        for (auto& [name, lines] : said_since_) ++lines;
        said_since_[line.thread] = 0;
        lines_.push_back(std::move(line));
    }

    std::string wait_of(const Thread& one) const {
        const auto held_by = [&] {
            const int holder = holder_of(one.object);
            return holder < 0 ? std::string{} : ", which " + std::string{thread(holder).name} + " holds";
        };
        switch (one.wait) {
            case Wait::mutex: return "waits for " + name_of(one.object, "the mutex") + held_by();
            case Wait::shared_lock:
            case Wait::exclusive_lock: return "waits for " + name_of(one.object, "the shared lock") + held_by();
            case Wait::condition: return "sleeps on " + name_of(one.object, "the condition variable");
            case Wait::semaphore: return "sleeps on " + name_of(one.object, "the semaphore");
            case Wait::atomic: return "waits until " + name_of(one.object, "the atomic") + " is notified";
            case Wait::initialisation: return "waits until another thread has initialised what it needs";
            case Wait::file: return "waits for a file";
            default: return "waits for the end of the others";
        }
    }

    static bool waits_for_others(const Thread& one) {
        return one.wait == Wait::thread || one.wait == Wait::all_threads;
    }

    template <typename Use>
    void for_each_blocked(Use use) const {
        bool any = false;
        for (int i = 0; i < thread_count(); ++i) {
            if (thread(i).state != Thread::State::blocked || waits_for_others(thread(i))) continue;
            any = true;
            use(thread(i));
        }
        for (int i = 0; i < thread_count() && !any; ++i) {
            if (thread(i).state == Thread::State::blocked) use(thread(i));
        }
    }

    void add_blocked() {
        for_each_blocked([&](const Thread& one) {
            Line line{one.name, "", wait_of(one) + ", for ever"};
            for (const Event& event : events()) {
                if (event.thread != one.id) continue;
                const Place place = place_of(event);
                if (place.line != 0) line.at = basename(place);
            }
            add(std::move(line));
        });
    }

    std::string better_cause() const {
        std::string cause;
        if (outcome->kind == Kind::race && racing) {
            const Event& earlier = events()[racing->first];
            const Event& later = events()[racing->second];
            const void* const address = later.happening.address;
            std::string what = name_of(address, name_of(earlier.happening.address, ""));
            cause = std::string{thread(later.thread).name} + " " + verb(later.happening.act) + " ";
            cause += what.empty() ? "what " : what + ", which ";
            cause += std::string{thread(earlier.thread).name} + " " + verb(earlier.happening.act) +
                     ", and nothing orders the two";
        }
        if (outcome->kind != Kind::deadlock && outcome->kind != Kind::lost_wake_up) return cause;
        if (std::strcmp(outcome->cause, "nobody can go on") != 0) return cause;

        for_each_blocked([&](const Thread& one) {
            cause += (cause.empty() ? "" : " · ") + std::string{one.name} + " " + wait_of(one);
        });
        return cause + (outcome->kind == Kind::deadlock ? ": a deadlock" : ", and nobody is left to wake it");
    }

    void write_lines() {
        outcome->line_count = 0;
        const auto put = [](const Line& line) {
            StoryLine& to = outcome->story[outcome->line_count++];
            std::snprintf(to.thread, sizeof to.thread, "%s", line.thread.c_str());
            std::snprintf(to.at, sizeof to.at, "%s", line.at.c_str());
            std::snprintf(to.what, sizeof to.what, "%s", line.what.c_str());
        };
        const std::size_t left_out =
            lines_.size() > kMostAtBegin + kMostAtEnd ? lines_.size() - kMostAtBegin - kMostAtEnd : 0;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (left_out > 0 && i == kMostAtBegin) {
                put({"", "", "(" + std::to_string(left_out) + " steps are left out)"});
                i += left_out;
            }
            put(lines_[i]);
        }
    }

    std::unordered_map<std::uintptr_t, Users> users_;
    std::map<const void*, std::string> names_;
    std::vector<Line> lines_;
    std::unordered_map<std::string, Line> last_;
    std::unordered_map<std::string, int> said_since_;
};

}  // namespace

void note_race(std::uint32_t earlier, std::uint32_t later) { racing.emplace(earlier, later); }

void tell_story() { Teller{}.tell(); }

}  // namespace station::explore
