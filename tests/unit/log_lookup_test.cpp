// Looking events up in sealed segments by their index files, of which little is read: whatever such a file says, the
// place that is found is the log's.
#include "log_forwarding_disk.hpp"
#include "log_support.hpp"

#include <atomic>
#include <utility>

namespace station::log {
namespace {

using namespace station::test;

constexpr std::size_t kIndexHeader = 92;
constexpr std::size_t kIndexEntry = 24;
using IndexBytes = std::vector<std::byte>;

// Counts what is read of index files, and refuses to read parts of them where it is told so: then they are read whole.
class IndexWatch : public ForwardingDisk {
  public:
    using ForwardingDisk::ForwardingDisk;
    std::atomic<std::size_t> bytes{0};
    std::atomic<bool> whole_only{false};

    Expected<std::unique_ptr<File>> open(const Path& path, Open mode) override {
        auto file = ForwardingDisk::open(path, mode);
        if (!file || path.extension() != ".idx") return file;
        return std::make_unique<Watched>(std::move(*file), *this);
    }

  private:
    class Watched : public ForwardingFile {
      public:
        Watched(std::unique_ptr<File> file, IndexWatch& watch) : ForwardingFile(std::move(file)), watch_(watch) {}
        Expected<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
            const auto all = size();
            if (watch_.whole_only && all && into.size() < *all) return tl::unexpected(system_error(EIO));
            watch_.bytes += into.size();
            return ForwardingFile::read_at(offset, into);
        }

      private:
        IndexWatch& watch_;
    };
};

// What came of a look-up, in words.
std::string outcome(Topic& topic, const StartFrom& from) {
    auto cursor = topic.subscribe(from);
    if (const auto error = cursor.locate()) return "<" + error.message() + ">";
    const Start& start = cursor.start();
    std::string said = std::to_string(start.from_offset) + (start.complete ? " complete" : " incomplete");
    if (start.matched) said += *start.matched ? " matched" : " unmatched";
    for (int polls = 0; polls < 4; ++polls) {
        const auto events = cursor.poll({.events = 1});
        if (events) {
            for (const EventView& event : *events) said += ", " + std::string{as_text(event.payload)};
            continue;
        }
        said += ", <" + events.error().message() + ">";
        if (events.error() != Errc::damaged) continue;
        const Damage& damage = cursor.damage();
        said += " " + std::to_string(damage.from) + ".." + std::to_string(damage.to) + " to " +
                std::to_string(damage.next_offset);
        cursor.skip_damage();
    }
    return said;
}

// A topic whose first segments are sealed and have index files, one entry for each event where the stride is 1.
struct Indexed {
    SimulatedDisk disk;
    IndexWatch watch{disk};
    Bus bus;
    Topic topic;
    std::vector<Receipt> receipts;

    static BusConfig config(Indexed& self, std::uint64_t segment_bytes, std::size_t stride) {
        auto config = single_threaded(small_config(self.disk));
        config.disk = &self.watch;
        config.segment_bytes = segment_bytes;
        config.index_stride = stride;
        return config;
    }
    Indexed(std::size_t events, std::uint64_t segment_bytes, std::size_t stride)
        : bus(open(config(*this, segment_bytes, stride), disk)), topic(open_topic(bus)) {
        for (const std::string& payload : numbered(events)) receipts.push_back(*topic.publish(payload));
        REQUIRE(topic.stats().segments > 1);
        REQUIRE(disk.exists(index_path(1)).value());
    }

    // By offset, time and id, with it and behind it.
    std::vector<StartFrom> targets(std::size_t event) const {
        const Receipt& receipt = receipts[event];
        std::vector<StartFrom> all;
        for (const Edge edge : {Edge::inclusive, Edge::exclusive}) {
            all.push_back(StartFrom::offset(receipt.offset, edge));
            all.push_back(StartFrom::time(receipt.time, edge));
            all.push_back(StartFrom::event(receipt.id, edge));
        }
        return all;
    }
    std::vector<std::string> outcomes(std::size_t event) {
        std::vector<std::string> all;
        for (const StartFrom& from : targets(event)) all.push_back(outcome(topic, from));
        return all;
    }
    // What a scan says: offsets are counted from 0, and times and ids differ.
    std::vector<std::string> expected(std::size_t event) const {
        std::vector<std::string> all;
        for (const std::size_t first : {event, event + 1}) {
            std::string said = std::to_string(first) + " complete";
            std::string events;
            for (const std::string& payload : numbered(4, first)) events += ", " + payload;
            all.insert(all.end(), {said + events, said + events, said + " matched" + events});
        }
        return all;
    }

  private:
    static Bus open(BusConfig config, SimulatedDisk& disk) {
        disk.power_on();
        return open_bus(std::move(config));
    }
};

TEST_CASE("look-up: an index file with any byte flipped costs no event") {
    Indexed stored{80, 4096, 256};
    const IndexBytes good = stored.disk.content(index_path(1));
    const std::size_t events = (good.size() - kIndexHeader) / kIndexEntry * 4;  // in that segment, and about its end
    REQUIRE(events > 40);
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
            IndexBytes bad = good;
            bad[at] ^= static_cast<std::byte>(flip);
            stored.disk.set_content(index_path(1), bad);
            for (std::size_t event = at % 5; event < events; event += 5) {
                INFO("byte " << at << " ^ " << flip << ", event " << event);
                REQUIRE(stored.outcomes(event) == stored.expected(event));
            }
        }
    }
}

TEST_CASE("look-up: an index file with entries exchanged, doubled or taken out costs no event") {
    Indexed stored{80, 4096, 256};
    const IndexBytes good = stored.disk.content(index_path(1));
    const std::size_t entries = (good.size() - kIndexHeader) / kIndexEntry;
    const auto place = [](IndexBytes& bytes, std::size_t entry) {
        return bytes.begin() + static_cast<std::ptrdiff_t>(kIndexHeader + entry * kIndexEntry);
    };
    for (std::size_t a = 0; a < entries; ++a) {
        for (std::size_t b = 0; b < entries; ++b) {
            IndexBytes bad = good;
            if (a < b) {
                std::swap_ranges(place(bad, a), place(bad, a + 1), place(bad, b));
            } else {
                std::copy_n(place(bad, a), kIndexEntry, place(bad, b));
            }
            stored.disk.set_content(index_path(1), bad);
            for (std::size_t event = (a + b) % 7; event < entries * 4; event += 7) {
                INFO("entries " << a << " and " << b << ", event " << event);
                REQUIRE(stored.outcomes(event) == stored.expected(event));
            }
        }
    }
    for (const std::size_t size : {std::size_t{0}, kIndexHeader - 1, kIndexHeader, good.size() - kIndexEntry,
                                   good.size() - 1, good.size() + 1, good.size() + kIndexEntry}) {
        IndexBytes bad = good;
        bad.resize(size);
        stored.disk.set_content(index_path(1), bad);
        INFO("cut to " << size);
        REQUIRE(stored.outcomes(17) == stored.expected(17));
    }
}

TEST_CASE("look-up: a long index is searched, and little of it is read") {
    Indexed stored{2000, 128 << 10, 1};
    const IndexBytes good = stored.disk.content(index_path(1));
    const std::size_t entries = (good.size() - kIndexHeader) / kIndexEntry;
    REQUIRE(entries > 1000);
    for (std::size_t event = 0; event < entries; event += 13) {
        INFO("event " << event);
        const std::size_t before = stored.watch.bytes;
        REQUIRE(stored.outcomes(event) == stored.expected(event));
        const std::size_t look_ups = stored.targets(event).size();
        REQUIRE(stored.watch.bytes - before <= look_ups * (kIndexHeader + 4096 + 8 * kIndexEntry));
    }
    for (std::size_t at = 0; at < good.size(); at += at < kIndexHeader ? 1 : 17) {
        IndexBytes bad = good;
        bad[at] ^= std::byte{0x40};
        stored.disk.set_content(index_path(1), bad);
        // The one that its entry is about, and any other.
        for (const std::size_t event : {at < kIndexHeader ? 0 : (at - kIndexHeader) / kIndexEntry, at % entries}) {
            const std::size_t there = std::min(event, entries - 1);
            INFO("byte " << at << ", event " << there);
            REQUIRE(stored.outcomes(there) == stored.expected(there));
        }
    }
}

TEST_CASE("look-up: before, behind and between damaged records it finds what the whole index leads to") {
    Indexed stored{80, 4096, 256};
    const IndexBytes good = stored.disk.content(segment_path(1));
    for (std::size_t at = kSegmentHeaderSize; at < good.size(); at += 29) {
        IndexBytes bad = good;
        bad[at] ^= std::byte{0x10};
        if (at % 2 == 0) bad[(at + 1000) % bad.size()] ^= std::byte{0x10};
        stored.disk.set_content(segment_path(1), bad);
        for (std::size_t event = at % 3; event < 60; event += 3) {
            INFO("byte " << at << ", event " << event);
            stored.watch.whole_only = true;
            const auto by_the_whole = stored.outcomes(event);
            stored.watch.whole_only = false;
            REQUIRE(stored.outcomes(event) == by_the_whole);
        }
    }
}

TEST_CASE("look-up: a call that fails is told or made up for, and passes nothing by") {
    for (const int error : {EMFILE, ENFILE, ENOMEM, EIO}) {
        Indexed stored{80, 4096, 256};
        for (const StartFrom& from : stored.targets(17)) {
            const std::string right = outcome(stored.topic, from);
            for (std::uint64_t nth = 1;; ++nth) {
                const std::uint64_t before = stored.disk.calls();
                stored.disk.fail_call(nth, system_error(error));
                auto cursor = stored.topic.subscribe_unlocated(from);
                const auto failed = cursor.locate();
                const bool struck = stored.disk.calls() - before >= nth;
                stored.disk.fail_call(0, {});
                INFO("error " << error << ", call " << nth);
                REQUIRE((!failed || failed == system_error(error)));
                REQUIRE(outcome(stored.topic, from) == right);
                REQUIRE_FALSE(cursor.locate());
                REQUIRE(right.starts_with(std::to_string(cursor.start().from_offset)));
                if (!struck) break;
            }
        }
    }
}

}  // namespace
}  // namespace station::log
