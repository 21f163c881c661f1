// The last record of a log, cut at every byte and flipped at every bit.
#include "check.hpp"
#include "digest.hpp"
#include "folder.hpp"
#include "scenarios.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <station/log/record.hpp>

namespace station::lab {
namespace {

constexpr std::uint64_t kSegmentBytes = 4096;
constexpr std::size_t kSizes[] = {0, 1, 7, 100, 449, 450, 451, 1000};  // 62 bytes more each: 512 among them

// A log that a process left when it was killed, and its last record.
struct Victim {
    Folder folder;
    Events events;
    log::Path segment;
    std::uint64_t from = 0;  // of the last record
    std::uint64_t to = 0;
    std::string words;
};

log::BusConfig config_of(SimulatedDisk& disk, bool zeros) {
    auto config = small_config(disk);
    config.segment_bytes = kSegmentBytes;
    config.zero_ahead = zeros ? 4096 : 0;
    return config;
}

std::size_t filler_for(std::uint64_t end, std::size_t last) {
    const std::uint64_t left = kSegmentBytes - end;
    return static_cast<std::size_t>(left - 2 * log::kRecordOverhead - last);
}

// Some events before it; the last one where the seed wants it: anywhere, up to the last byte of its segment, or first
// in a new one. `attempt` gives it other ids, and with them another CRC.
Victim make_victim(std::uint64_t seed, std::uint64_t attempt) {
    Random random{seed};
    const std::size_t size = kSizes[seed % std::size(kSizes)];
    const std::uint64_t place = seed / std::size(kSizes) % 3;
    const bool zeros = random.one_in(2);
    SimulatedDisk disk{seed + (attempt << 32)};
    auto bus = open_bus(config_of(disk, zeros));
    auto topic = open_topic(bus, "t");
    const auto publish = [&](std::size_t bytes) {
        expect(topic.publish(std::string(bytes, static_cast<char>('a' + random.pick(0, 25)))).has_value(),
               "no publish");
    };
    for (std::uint64_t count = random.pick(1, 8); count > 0; --count) publish(random.pick(0, 150));
    const auto end = [&] { return record_positions(disk.content(segment_path(1))).back(); };
    if (place == 1) publish(filler_for(end(), size));
    if (place == 2) publish(kSegmentBytes - end() - log::kRecordOverhead);
    publish(size);
    Victim victim;
    victim.events = read_all(topic);
    disk.kill();
    victim.folder = Folder::of(disk);
    victim.segment = segment_path(place == 2 ? 2 : 1);
    const auto starts = record_positions(victim.folder.at(victim.segment));
    victim.from = starts[starts.size() - 2];
    victim.to = starts.back();
    victim.words = std::to_string(size) + " bytes, " +
                   (place == 0   ? "anywhere"
                    : place == 1 ? "at its segment's end"
                                 : "first of its segment") +
                   (zeros ? ", zeros behind it" : "");
    expect(place != 1 || victim.to == kSegmentBytes, "the last record ends at ", victim.to);
    return victim;
}

// One in eight ends with a zero, the byte that takes its own place in a torn write.
Victim make_victim(std::uint64_t seed) {
    const bool ends_with_zero = seed % 8 == 4;
    for (std::uint64_t attempt = 0;; ++attempt) {
        Victim victim = make_victim(seed, attempt);
        const FileBytes& bytes = victim.folder.at(victim.segment);
        if (ends_with_zero && bytes[victim.to - 1] != std::byte{0}) continue;
        if (ends_with_zero) victim.words += ", ends with a zero";
        return victim;
    }
}

// What a reader makes of the log that believes lengths and never looks at a CRC.
Events read_carelessly(Folder& folder, const Victim& victim) {
    Events events{victim.events.begin(), victim.events.end() - 1};
    const FileBytes& bytes = folder.at(victim.segment);
    if (bytes.size() > victim.from && log::framed_size(log::Bytes{bytes}.subspan(victim.from))) {
        events.push_back(victim.events.back());
    }
    return events;
}

class Torn {
  public:
    explicit Torn(const Options& options) : options_(options) {}

    int run() {
        for (std::uint64_t seed = options_.seed; seed < options_.seed + options_.count; ++seed) {
            const Victim victim = make_victim(seed);
            for (std::uint64_t at = victim.from; at < victim.to; ++at) {
                auto& whole = victim.folder.files.at(victim.segment.string());
                FileBytes cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at)};
                check(seed, victim, cut, "cut at byte " + std::to_string(at));
                cut.resize(std::max<std::size_t>(whole.size(), kSegmentBytes));
                check(seed, victim, cut, "zeros from byte " + std::to_string(at));
            }
            for (std::uint64_t bit = victim.from * 8; bit < victim.to * 8; ++bit) {
                FileBytes flipped = victim.folder.files.at(victim.segment.string());
                flipped[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
                check(seed, victim, flipped, "bit " + std::to_string(bit) + " flipped");
            }
        }
        std::printf("{\"logs\":%llu,\"broken_in\":%llu,\"wrong\":%llu,\"cut_bytes_kept\":%llu,\"digest\":%s}\n",
                    static_cast<unsigned long long>(options_.count), static_cast<unsigned long long>(ways_),
                    static_cast<unsigned long long>(wrong_), static_cast<unsigned long long>(kept_),
                    digest_json(digest_.value()).c_str());
        return wrong_ > 0 ? 1 : 0;
    }

  private:
    void check(std::uint64_t seed, const Victim& victim, const FileBytes& bytes, const std::string& words) {
        ++ways_;
        try {
            recover(victim, bytes);
        } catch (const std::exception& broken) {
            if (wrong_++ == 0) {
                std::fprintf(stderr, "seed %llu, last record %s, %s: %s\n", static_cast<unsigned long long>(seed),
                             victim.words.c_str(), words.c_str(), broken.what());
            }
        }
    }

    void recover(const Victim& victim, const FileBytes& bytes) {
        Folder folder = victim.folder;
        folder.at(victim.segment) = bytes;
        const auto disk = folder.disk();
        // A record that ends with zeros is whole where zeros took their place.
        const std::uint64_t left = untouched(victim, bytes) ? victim.to : victim.from;
        const Events wanted{victim.events.begin(), victim.events.end() - (left == victim.to ? 0 : 1)};
        {
            auto bus = open_bus(config_of(*disk, false));
            auto topic = open_topic(bus, "t");
            const Events found = options_.control ? read_carelessly(folder, victim) : read_all(topic);
            expect(found.size() == wanted.size(), found.size(), " events, not ", wanted.size());
            expect_same_beginning(found, wanted, "t");
            check_what_was_kept(*disk, topic.recovery(), left, bytes);
            disk->kill();
        }
        check_second_start(*disk, wanted);
        digest_.add(*disk);
    }

    static bool untouched(const Victim& victim, const FileBytes& bytes) {
        const FileBytes& whole = victim.folder.files.at(victim.segment.string());
        const auto from = static_cast<std::ptrdiff_t>(victim.from);
        const auto to = static_cast<std::ptrdiff_t>(victim.to);
        return bytes.size() >= victim.to && std::equal(whole.begin() + from, whole.begin() + to, bytes.begin() + from);
    }

    // The log ends at byte `left`.
    void check_what_was_kept(const SimulatedDisk& disk, const log::RecoveryReport& report, std::uint64_t left,
                             const FileBytes& bytes) {
        expect(report.damage.empty(), "a torn record is taken for damage");
        FileBytes cut{bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(bytes.size(), left)),
                      bytes.end()};
        while (!cut.empty() && cut.back() == std::byte{0}) cut.pop_back();
        expect(report.cut_bytes == cut.size(), report.cut_bytes, " bytes are said to be cut, not ", cut.size());
        if (cut.empty()) return;
        expect(report.cut_at == left, "cut at ", report.cut_at, ", not ", left);
        expect(disk.content(report.cut_into) == cut, "what was cut is not what was kept");
        kept_ += cut.size();
    }

    // It finds what the first one left, changes nothing, and the log goes on.
    void check_second_start(SimulatedDisk& disk, const Events& wanted) {
        disk.power_on();
        const Folder before = Folder::of(disk);
        auto bus = open_bus(config_of(disk, false));
        auto topic = open_topic(bus, "t");
        expect(topic.recovery().cut_from.empty(), "a second start cuts again");
        expect(Folder::of(disk).files == before.files, "a second start changes files");
        const auto receipt = topic.publish("goes on");
        expect(receipt && receipt->offset == wanted.size(), "the log does not go on");
        Events found = read_all(topic);
        expect(found.size() == wanted.size() + 1, "a record came back from behind the cut");
        expect_same_beginning(found, wanted, "t");
    }

    const Options options_;
    std::uint64_t ways_ = 0;
    std::uint64_t wrong_ = 0;
    std::uint64_t kept_ = 0;
    Digest digest_;
};

}  // namespace

int torn(const Options& options) { return Torn{options}.run(); }

}  // namespace station::lab
