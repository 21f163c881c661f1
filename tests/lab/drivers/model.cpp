#include "model.hpp"

#include "check.hpp"

#include <algorithm>
#include <station/log/detail/segment.hpp>

namespace station::lab {
namespace {

using log::Cursor;
using log::Edge;
using log::EventId;
using log::StartFrom;

// One question, and the offset of the first event that answers it.
struct LookUp {
    StartFrom from;
    std::size_t first;
    std::string words;
};

std::string edge_words(Edge edge) { return edge == Edge::exclusive ? ", exclusive" : ""; }

template <typename Value, typename Member>
std::size_t first_of(const Events& model, const Value& value, Member member, Edge edge) {
    std::size_t i = 0;
    while (i < model.size() && (edge == Edge::exclusive ? model[i].*member <= value : model[i].*member < value)) ++i;
    return i;
}

LookUp by_offset(const Events& model, Random& random, Edge edge) {
    const std::uint64_t offset = random.pick(0, model.size());
    const std::size_t first = std::min<std::size_t>(offset + (edge == Edge::exclusive ? 1 : 0), model.size());
    return {StartFrom::offset(offset, edge), first, "offset " + std::to_string(offset) + edge_words(edge)};
}

LookUp by_time(const Events& model, Random& random, Edge edge) {
    const std::int64_t time =
        model[random.pick(0, model.size() - 1)].time + static_cast<std::int64_t>(random.pick(0, 2)) - 1;
    return {StartFrom::time(time, edge), first_of(model, time, &Event::time, edge),
            "time " + std::to_string(time) + edge_words(edge)};
}

LookUp by_id(const Events& model, Random& random, Edge edge) {
    auto bytes = model[random.pick(0, model.size() - 1)].id.bytes();
    // Half of the ids asked for were never given out.
    if (random.one_in(2)) bytes[random.pick(6, 15)] ^= static_cast<std::byte>(random.pick(1, 15));
    const EventId id{bytes};
    return {StartFrom::event(id, edge), first_of(model, id, &Event::id, edge), "id " + id.to_text() + edge_words(edge)};
}

LookUp any_look_up(const Events& model, Random& random) {
    const Edge edge = random.one_in(2) ? Edge::inclusive : Edge::exclusive;
    switch (random.pick(0, 2)) {
        case 0: return by_offset(model, random, edge);
        case 1: return by_time(model, random, edge);
        default: return by_id(model, random, edge);
    }
}

}  // namespace

log::BusConfig small_config(SimulatedDisk& disk, log::Durability durability) {
    log::BusConfig config;
    config.dir = kFolder;
    config.durability = durability;
    config.segment_bytes = 4096;
    config.index_stride = 256;
    config.zero_ahead = 1024;
    config.writer_threads = 0;
    disk.connect(config);
    return config;
}

log::Bus open_bus(log::BusConfig config) {
    static_cast<SimulatedDisk*>(config.disk)->power_on();
    auto bus = log::Bus::open(std::move(config));
    expect(bus.has_value(), "the bus does not open: ", bus ? "" : bus.error().message());
    return std::move(*bus);
}

log::Topic open_topic(log::Bus& bus, std::string_view name) {
    auto topic = bus.topic(name);
    expect(topic.has_value(), "topic ", name, " does not open: ", topic ? "" : topic.error().message());
    return std::move(*topic);
}

log::Path segment_path(std::uint32_t number, std::string_view topic) {
    return log::Path{kFolder} / "topics" / topic / log::segment_file_name(number);
}

log::Path index_path(std::uint32_t number, std::string_view topic) {
    return log::Path{kFolder} / "topics" / topic / log::index_file_name(number);
}

Event to_event(const log::EventView& view) {
    return {std::string{log::as_text(view.payload)}, std::string{log::as_text(view.headers)}, view.id, view.time};
}

// From there to the end, or what a poll met on the way.
static tl::expected<Events, std::error_code> read_on(log::Topic& topic, const StartFrom& from) {
    Events events;
    auto cursor = topic.subscribe(from);
    std::uint64_t offset = cursor.start().from_offset;
    for (;;) {
        const auto batch = cursor.poll();
        // A topic that has failed is read to its end.
        if (!batch && batch.error() == log::Errc::topic_failed) return events;
        if (!batch) return tl::unexpected(batch.error());
        if (batch->empty()) return events;
        for (const log::EventView& view : *batch) {
            expect(view.offset == offset, topic.name(), ": offset ", view.offset, " where ", offset, " was expected");
            ++offset;
            Event event = to_event(view);
            if (!events.empty()) {
                expect(event.id > events.back().id, topic.name(), ": ids do not increase at offset ", view.offset);
                expect(event.time >= events.back().time, topic.name(), ": time goes back at offset ", view.offset);
            }
            events.push_back(std::move(event));
        }
    }
}

Events read_all(log::Topic& topic, const StartFrom& from) {
    auto events = read_on(topic, from);
    expect(events.has_value(), topic.name(), " can't be read: ", events ? "" : events.error().message());
    return std::move(*events);
}

Kept read_kept(log::Topic& topic) {
    for (;;) {
        const std::uint64_t first = topic.first_offset();
        auto events = read_on(topic, StartFrom::beginning());
        if (topic.first_offset() != first) continue;
        expect(events.has_value(), topic.name(), " can't be read: ", events ? "" : events.error().message());
        return {static_cast<std::size_t>(first), std::move(*events)};
    }
}

void expect_same_beginning(const Events& found, const Events& wanted, std::string_view what) {
    const std::size_t common = std::min(found.size(), wanted.size());
    for (std::size_t i = 0; i < common; ++i) {
        expect(found[i] == wanted[i], what, ": offset ", i, " was '", wanted[i].payload.substr(0, 20), "' and is '",
               found[i].payload.substr(0, 20), "', or its id, time or headers differ");
    }
}

// False where retention took something meanwhile: it has threads of its own, and what is told is of no one moment then.
static bool compare(log::Topic& topic, const Events& model, const LookUp& look_up) {
    const std::uint64_t before = topic.first_offset();
    const auto found = read_on(topic, look_up.from);
    const auto start = topic.subscribe(look_up.from).start();
    if (topic.first_offset() != before) return false;
    expect(found.has_value(), topic.name(), " can't be read: ", found ? "" : found.error().message());
    const auto kept = static_cast<std::size_t>(before);
    const std::size_t first = std::max(look_up.first, kept);
    expect(found->size() == model.size() - first, "a look-up by ", look_up.words, " gives ", found->size(),
           " events, not ", model.size() - first);
    for (std::size_t i = 0; i < found->size(); ++i) {
        expect((*found)[i] == model[first + i], "a look-up by ", look_up.words, " gives another event ", i);
    }
    expect(start.complete || kept > 0, "a look-up by ", look_up.words, " says that something is gone");
    expect(start.complete || look_up.first <= kept, "a look-up by ", look_up.words, " says that something is gone");
    expect(!start.complete || look_up.first >= kept, "a look-up by ", look_up.words, " says that nothing is gone");
    expect(start.next_offset == model.size(), "a look-up says that the log ends at ", start.next_offset);
    return true;
}

void check_look_ups(log::Topic& topic, const Events& model, Random& random) {
    if (model.empty()) return;
    const LookUp look_up = any_look_up(model, random);
    while (!compare(topic, model, look_up)) {
    }
}

Follower::Follower(log::Topic& topic, std::size_t from)
    : cursor_(topic.subscribe(StartFrom::offset(from))), at_(static_cast<std::size_t>(cursor_.start().from_offset)) {}

// Past what has gone by retention meanwhile.
bool Follower::jumps(std::error_code error, const Events& model) {
    if (error != log::Errc::retained) return false;
    const log::Lost lost = cursor_.lost();
    expect(lost.from == at_ && lost.to > lost.from && lost.to <= model.size(), "a cursor at offset ", at_,
           " is said to have missed ", lost.from, " up to ", lost.to);
    at_ = static_cast<std::size_t>(lost.to);
    return true;
}

std::size_t Follower::take(Cursor::Batch batch, const Events& model) {
    for (const log::EventView& view : batch) {
        expect(view.offset == at_ && at_ < model.size() && to_event(view) == model[at_], "a cursor at offset ", at_,
               " was given offset ", view.offset, ", '", log::as_text(view.payload).substr(0, 20), "'");
        ++at_;
    }
    return batch.size();
}

void Follower::follow(const Events& model, Random& random) {
    Cursor::Limits limits;
    limits.events = random.pick(1, 40);
    limits.bytes = random.pick(1, 5000);
    const auto batch = cursor_.poll(limits);
    if (!batch && batch.error() == log::Errc::topic_failed) return;
    if (!batch && jumps(batch.error(), model)) return;
    expect(batch.has_value(), "a cursor at offset ", at_, " can't go on: ", batch ? "" : batch.error().message());
    expect(take(*batch, model) <= limits.events, "a cursor was given more than it asked for");
    expect(!batch->empty() || at_ == model.size(), "a cursor at offset ", at_, " of ", model.size(), " finds nothing");
}

void Follower::follow_to_the_end(const Events& model) {
    for (;;) {
        const auto batch = cursor_.poll();
        if (!batch && jumps(batch.error(), model)) continue;
        if (!batch) {
            expect(batch.error() == log::Errc::closed, "a cursor on a closed topic says ", batch.error().message());
            break;
        }
        expect(take(*batch, model) > 0, "a cursor on a closed topic would wait");
    }
    expect(at_ == model.size(), "a cursor on a closed topic ended at offset ", at_, " of ", model.size());
}

}  // namespace station::lab
