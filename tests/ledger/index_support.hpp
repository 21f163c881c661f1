// A history of records as an index takes them in, with everything kept as it was, to compare the index with.
#pragma once

#include "catch.hpp"
#include "log_simulated_disk.hpp"
#include "random.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <station/ledger/store/detail/index.hpp>
#include <string>
#include <vector>

namespace station::test {

using ledger::EventId;
using ledger::EventKind;
using ledger::Global;
using ledger::Index;
using ledger::IndexEntry;
using ledger::Region;

inline const log::Path kIndexFolder = "/ledger/index";

struct HistoryShape {
    std::uint64_t entities = 40;
    std::uint64_t scopes = 5;
    std::uint64_t kinds = 6;
    double hidden = 0.05;
    double keyed = 0.5;
};

class History {
  public:
    History(Random& random, HistoryShape shape) : random_(random), shape_(shape) {}

    void grow(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) events_.push_back(next());
    }
    // What a log that was cut has left.
    void cut(Global end) {
        events_.resize(end);
        heads_.clear();
        for (const Event& event : events_) {
            if (!event.hidden) heads_[event.entity] = {event.global, event.sequence};
        }
        id_prefix_ = events_.empty() ? kFirstId : events_.back().id.prefix();
    }
    std::vector<IndexEntry> entries(Global from) const {
        std::vector<IndexEntry> entries;
        for (const Event& event : std::span{events_}.subspan(from)) {
            entries.push_back({event.global, event.id, event.position, event.hidden, event.entity, event.scope,
                               event.kind, event.sequence, event.previous, event.key, event.hash});
        }
        return entries;
    }
    Global end() const { return static_cast<Global>(events_.size()); }

    void compare(const Index& index) {
        REQUIRE(index.end() == end());
        compare_records(index);
        compare_entities(index);
        for (int i = 0; i < 30; ++i) compare_id(index);
        for (int i = 0; i < 60; ++i) compare_selection(index, any_region());
    }
    void compare_ends(const Index& index) const {
        for (const auto& part : index.ends()) {
            REQUIRE(part.last < end());
            CHECK(part.id == events_[part.last].id);
            CHECK(part.position == events_[part.last].position);
            CHECK(part.event_hash == events_[part.last].hash);
        }
    }
    void compare_selection(const Index& index, const Region& region) {
        const auto from = static_cast<Global>(random_.chance(0.5) ? 0 : random_.between(0, end()));
        const auto to = static_cast<Global>(random_.chance(0.5) ? end() : random_.between(0, end() + 5));
        const std::size_t limit = random_.chance(0.5) ? ~std::size_t{0} : random_.between(0, 50);
        auto found = index.select(region, from, to, limit);
        REQUIRE(std::is_sorted(found.begin(), found.end()));
        const auto holds = [&](Global global) {
            const Event& event = events_[global];
            return !event.hidden && region.holds(event.entity, event.scope, event.kind, event.sequence);
        };
        if (region.sequences) std::erase_if(found, [&](Global global) { return !holds(global); });
        std::vector<Global> wanted;
        for (Global global = from; global < std::min(to, end()); ++global) {
            if (holds(global) && (region.sequences || wanted.size() < limit)) wanted.push_back(global);
        }
        REQUIRE(found == wanted);
    }

  private:
    struct Event {
        Global global = 0;
        EventId id;
        std::uint32_t position = 0;
        bool hidden = false;
        std::string entity;
        std::string scope;
        EventKind kind;
        std::uint64_t sequence = 0;
        std::optional<Global> previous;
        std::optional<EventId> key;
        ledger::Hash hash;
    };
    struct Head {
        Global last = 0;
        std::uint64_t sequence = 0;
    };
    static constexpr std::uint64_t kFirstId = 0x0190'0000'0000'7000;

    EventId id_of(std::uint64_t prefix) {
        std::array<std::byte, EventId::kSize> bytes{};
        for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(prefix >> (56 - 8 * i));
        for (std::size_t i = 8; i < 16; ++i) bytes[i] = static_cast<std::byte>(random_.between(0, 255));
        return EventId{bytes};
    }
    std::string name_of(std::string_view what, std::uint64_t number) const {
        std::string name = std::string(what) + std::to_string(number);
        if (number % 7 == 0) name.resize(number % 2 == 0 ? 255 : 30, 'n');
        return name;
    }
    std::string any_entity() {
        return name_of(random_.chance(0.5) ? "account:" : "order:", random_.between(0, shape_.entities));
    }
    EventKind any_kind() {
        const std::uint64_t kind = random_.between(0, shape_.kinds);
        return EventKind::from_bits(static_cast<std::uint16_t>((kind % 3 == 0 ? 0xF000 : 0x1000) + kind));
    }

    Event next() {
        // Several ids share their first half; some come long after the one before.
        if (random_.chance(0.7)) id_prefix_ += random_.between(1, 1000);
        if (random_.chance(0.01)) id_prefix_ += std::uint64_t{1} << random_.between(20, 40);
        Event event;
        event.global = end();
        event.id = id_of(id_prefix_);
        event.position = static_cast<std::uint32_t>(random_.any_width());
        event.hidden = random_.chance(shape_.hidden);
        event.entity = any_entity();
        event.scope = name_of("scope", random_.between(0, shape_.scopes));
        event.kind = any_kind();
        if (random_.chance(shape_.keyed)) event.key = id_of(random_.any_width());
        event.hash.bytes.fill(static_cast<std::byte>(random_.between(0, 255)));
        const auto head = heads_.find(event.entity);
        if (head != heads_.end()) {
            event.previous = head->second.last;
            event.sequence = head->second.sequence + 1;
        }
        if (!event.hidden) heads_[event.entity] = {event.global, event.sequence};
        return event;
    }

    void compare_records(const Index& index) {
        // Asserting each would take most of the test's time.
        const auto is_right = [&](const Event& event) {
            const auto previous = event.hidden ? std::nullopt : event.previous;
            if (index.position(event.global) != event.position || index.hidden(event.global) != event.hidden ||
                index.previous(event.global) != previous) {
                return false;
            }
            if (!event.key) return true;
            const auto found = index.find_key(*event.key);
            return found.size() <= 2 && std::count(found.begin(), found.end(), event.global) == (event.hidden ? 0 : 1);
        };
        const auto wrong = std::find_if_not(events_.begin(), events_.end(), is_right);
        CAPTURE(wrong - events_.begin());
        REQUIRE(wrong == events_.end());
        CHECK(index.find_key(id_of(0)).size() <= 1);
        CHECK(index.position(end()) == 0);
        CHECK_FALSE(index.previous(end()));
        CHECK_FALSE(index.hidden(end()));
    }
    void compare_entities(const Index& index) {
        std::map<std::string, Global> first;
        for (const Event& event : events_) {
            if (!event.hidden) first.emplace(event.entity, event.global);
        }
        CHECK(index.entities() == first.size());
        for (const auto& [name, global] : first) {
            const auto head = index.entity(name);
            REQUIRE(head);
            REQUIRE(head->first == global);
            REQUIRE(head->last == heads_[name].last);
            REQUIRE(head->last_sequence == heads_[name].sequence);
        }
        CHECK_FALSE(index.entity("account:"));
        CHECK_FALSE(index.entity(""));
    }
    void compare_id(const Index& index) {
        if (events_.empty()) return;
        std::uint64_t prefix = events_[random_.index(events_.size())].id.prefix();
        if (random_.chance(0.3)) prefix += random_.between(0, 2) - 1;
        const auto id = [](const Event& event) { return event.id.prefix(); };
        const auto range = std::ranges::equal_range(events_, prefix, {}, id);
        const auto first = static_cast<Global>(range.begin() - events_.begin());
        const auto found = index.find_id(id_of(prefix));
        REQUIRE(found.begin == first);
        REQUIRE(found.end == first + range.size());
        REQUIRE((found.likely == first || found.likely < found.end));
    }
    Region any_region() {
        Region region;
        if (random_.chance(0.3)) region.entity = any_entity();
        if (random_.chance(0.2)) {
            region.prefix = any_entity().substr(0, random_.between(0, 11));
        }
        if (random_.chance(0.3)) region.scope = name_of("scope", random_.between(0, shape_.scopes + 1));
        if (random_.chance(0.3)) region.kind = any_kind();
        if (random_.chance(0.3))
            region.category = static_cast<unsigned>(random_.chance(0.5) ? 15 : random_.between(0, 15));
        if (random_.chance(0.2)) region.sequences = {random_.between(0, 5), random_.between(3, 20)};
        return region;
    }

    Random& random_;
    HistoryShape shape_;
    std::uint64_t id_prefix_ = kFirstId;
    std::vector<Event> events_;
    std::map<std::string, Head> heads_;
};

// An index that can be opened again.
struct IndexOn {
    explicit IndexOn(log::Disk& disk, std::uint32_t merge_of = 3) : config{&disk, kIndexFolder, false, merge_of, {}} {
        config.warn = [this](std::string_view text) { warnings.emplace_back(text); };
        reload();
    }
    void reload() {
        index = std::make_unique<Index>(config);
        error = index->load();
    }
    void catch_up(const History& history) {
        const auto entries = history.entries(index->end());
        index->append(entries);
    }
    Index* operator->() const { return index.get(); }
    Index& operator*() const { return *index; }

    Index::Config config;
    std::vector<std::string> warnings;
    std::unique_ptr<Index> index;
    std::error_code error;
};

}  // namespace station::test
