// The exercise `chain`, the piece alone: ChainCheck over histories that nobody has touched, and over edited ones. An
// editor may be careless, and change bytes, or careful, and make the hashes of what he has changed anew.
#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <loadgen/piece/piece.hpp>
#include <map>
#include <optional>
#include <station/ledger/event/event.hpp>
#include <station/ledger/store/detail/chain_check.hpp>
#include <string>
#include <vector>

using namespace station;
using namespace station::ledger;

namespace {

// An event as it is told, before hashes are made of it.
struct Draft {
    std::string entity;
    std::string scope = "bank";
    std::string payload;
    EventHeader header;
    Hash prev_hash;
    std::optional<EventId> key;
    std::optional<BatchMark> batch;
};

struct Told {
    Draft draft;
    log::EventId record_id;
    std::int64_t record_time = 0;
    std::vector<std::byte> bytes;
    Hash event_hash;
};
using History = std::vector<Told>;

constexpr std::int64_t kBegin = 1'700'000'000'000;  // ms since 1970

EventId id_of(std::uint64_t number) {
    std::array<std::byte, EventId::kSize> bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[15 - i] = static_cast<std::byte>(number >> (8 * i));
    bytes[6] = std::byte{0x70};
    return EventId{bytes};
}

// A short string of MessagePack.
std::string packed(std::string_view text) { return static_cast<char>(0xa0 | text.size()) + std::string{text}; }

void write(Told& told) {
    EventEncoder encoder{told.draft.entity, told.draft.scope, log::as_bytes(told.draft.payload)};
    const Bytes bytes =
        encoder.encode(told.draft.header, told.draft.prev_hash, told.draft.key, told.draft.batch, told.event_hash);
    told.bytes.assign(bytes.begin(), bytes.end());
}

// Tells events one after the other, as a ledger would.
class Teller {
  public:
    Teller& say(const std::string& entity, std::string_view what, std::optional<BatchMark> batch = {}) {
        Told told;
        told.draft.entity = entity;
        told.draft.payload = packed(what);
        told.draft.batch = batch;
        told.draft.prev_hash = last_[entity].hash;
        told.draft.header.position.sequence = last_[entity].next;
        stamp(told, kBegin + static_cast<std::int64_t>(history_.size()), 0);
        keep(std::move(told));
        return *this;
    }
    // So many at one moment, of the entities in turn.
    Teller& at_once(const std::vector<std::string>& entities) {
        const std::int64_t moment = kBegin + static_cast<std::int64_t>(history_.size()) + 1000;
        for (std::size_t i = 0; i < entities.size(); ++i) {
            say(entities[i], "at once");
            stamp(history_.back(), moment, i);
            write(history_.back());
            last_[entities[i]].hash = history_.back().event_hash;
        }
        return *this;
    }
    // What was said of this entity since does not count.
    Teller& forget_since(const std::string& entity, std::uint64_t sequence) {
        last_[entity] = {};
        for (const Told& told : history_) {
            const std::uint64_t its = told.draft.header.position.sequence;
            if (told.draft.entity == entity && its < sequence) last_[entity] = {told.event_hash, its + 1};
        }
        return *this;
    }
    std::uint64_t next_offset() const { return history_.size(); }
    History history() const { return history_; }

  private:
    struct End {
        Hash hash;
        std::uint64_t next = 0;
    };

    void stamp(Told& told, std::int64_t milliseconds, std::uint64_t counter) const {
        told.record_id = id_of(static_cast<std::uint64_t>(milliseconds) << 16 | counter);
        told.record_time = milliseconds * 1'000'000;
        EventHeader& header = told.draft.header;
        header.event_id = header.correlation_id = told.record_id;
        header.timestamp_us = milliseconds * 1000;
        header.position.wall_ms = static_cast<std::uint64_t>(milliseconds);
        header.position.counter = counter;
    }
    void keep(Told told) {
        write(told);
        last_[told.draft.entity] = {told.event_hash, told.draft.header.position.sequence + 1};
        history_.push_back(std::move(told));
    }

    History history_;
    std::map<std::string, End> last_;
};

//   0 ann 0   1 ben 0   2 ann 1   3 eva 0   4 ann 2   5 ben 1   6 ann 3   7 eva 1   8 ann 4
History bank() {
    Teller teller;
    for (const char* owner : {"ann", "ben", "ann", "eva", "ann", "ben", "ann", "eva", "ann"}) {
        teller.say(std::string{"account:"} + owner, "deposit");
    }
    return teller.history();
}

// "event 3: account:ann, sequence 2", the first one that is refused; or what there is where none is.
std::string verdict(const History& history) {
    ChainCheck check{};  // all zeros where nothing is yet, so that who looks there is found out
    for (std::size_t i = 0; i < history.size(); ++i) {
        const Told& told = history[i];
        const log::Record record{told.record_id, told.record_time, i, 0, told.bytes, {}};
        const auto event = decode_event(told.bytes);
        if (!event) piece::fail("decode_event()", "an event", "none: the case is wrong, not you");
        if (check.take(record, *event) != nullptr) {
            return "event " + std::to_string(i) + ": " + std::string{event->entity} + ", sequence " +
                   std::to_string(event->header.position.sequence);
        }
    }
    check.end();
    return "sound, " + std::to_string(check.entities()) + " entities, " + std::to_string(check.hidden()) + " hidden";
}

// A careless editor: the bytes behind `mark` are other ones, and no hash is made anew.
History with_byte(History history, std::size_t at, std::string_view mark, std::size_t behind) {
    std::vector<std::byte>& bytes = history[at].bytes;
    const Bytes wanted = log::as_bytes(mark);
    const auto found = std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end());
    if (found == bytes.end()) piece::fail("the case", "has " + std::string{mark}, "has not");
    bytes[static_cast<std::size_t>(found - bytes.begin()) + mark.size() + behind] ^= std::byte{1};
    return history;
}

// A careful one: one event is another one, and its hashes are right.
using Edit = std::function<void(Told&)>;
History with(History history, std::size_t at, const Edit& edit) {
    edit(history[at]);
    write(history[at]);
    return history;
}

History without(History history, std::size_t at) {
    history.erase(history.begin() + static_cast<std::ptrdiff_t>(at));
    return history;
}

History swapped(History history, std::size_t one, std::size_t other) {
    std::swap(history[one], history[other]);
    return history;
}

// Behind event `at` comes one more: a copy of it that is `edit`ed, at a moment of its own, its hashes right.
History with_more(History history, std::size_t at, const Edit& edit) {
    Told more = history[at];
    more.record_time += 500'000;  // half a millisecond: another time, the same moment
    more.record_id = more.draft.header.event_id = id_of(static_cast<std::uint64_t>(kBegin) << 16 | 0xF000 | at);
    more.draft.header.timestamp_us += 500;
    more.draft.header.position.counter += 1;
    edit(more);
    write(more);
    history.insert(history.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(more));
    return history;
}

// So many events of `entity` begin a batch of `count`.
void say_batch(Teller& teller, const std::vector<std::string>& entities, std::uint64_t count) {
    const BatchMark mark{teller.next_offset(), count};
    for (const std::string& entity : entities) teller.say(entity, "in a batch", mark);
}

}  // namespace

PIECE_CASE("nothing-is-said-of-a-sound-one", "A history that nobody has touched is sound") {
    EXPECT(verdict({}), "sound, 0 entities, 0 hidden");
    EXPECT(verdict(bank()), "sound, 3 entities, 0 hidden");
    Teller many;
    for (int i = 0; i < 2000; ++i) many.say("account:" + std::to_string(i % 700), "deposit");
    EXPECT(verdict(many.history()), "sound, 700 entities, 0 hidden");
}

PIECE_CASE("a-changed-payload-is-named", "An event whose payload was changed is named") {
    EXPECT(verdict(with_byte(bank(), 0, "deposi", 0)), "event 0: account:ann, sequence 0");
    EXPECT(verdict(with_byte(bank(), 4, "deposi", 0)), "event 4: account:ann, sequence 2");
    EXPECT(verdict(with_byte(bank(), 8, "deposi", 0)), "event 8: account:ann, sequence 4");
    EXPECT(verdict(with_byte(bank(), 5, "content_hash\xc4\x20", 31)), "event 5: account:ben, sequence 1");
}

PIECE_CASE("a-changed-field-is-named", "An event of which anything else was changed is named") {
    EXPECT(verdict(with_byte(bank(), 8, "event_hash\xc4\x20", 0)), "event 8: account:ann, sequence 4");
    EXPECT(verdict(with_byte(bank(), 8, "prev_hash\xc4\x20", 31)), "event 8: account:ann, sequence 4");
    EXPECT(verdict(with_byte(bank(), 7, "correlation_id\xc4\x10", 3)), "event 7: account:eva, sequence 1");
    EXPECT(verdict(with_byte(bank(), 7, "flags", 0)), "event 7: account:eva, sequence 1");
    EXPECT(verdict(with_byte(bank(), 7, "event_kind", 0)), "event 7: account:eva, sequence 1");
    EXPECT(verdict(with_byte(bank(), 3, "scope\xa4", 0)), "event 3: account:eva, sequence 0");
    EXPECT(verdict(with_byte(bank(), 1, "account:be", 0)), "event 1: account:beo, sequence 0");
}

PIECE_CASE("made-anew-is-seen-in-the-next",
           "An event that was rewritten with its hashes is seen in the next one of its entity, if there is one") {
    const Edit more = [](Told& told) { told.draft.payload = packed("much more"); };
    EXPECT(verdict(with(bank(), 0, more)), "event 2: account:ann, sequence 1");
    EXPECT(verdict(with(bank(), 1, more)), "event 5: account:ben, sequence 1");
    EXPECT(verdict(with(bank(), 3, more)), "event 7: account:eva, sequence 1");
    EXPECT(verdict(with(bank(), 8, more)), "sound, 3 entities, 0 hidden");
}

PIECE_CASE("a-missing-event-is-seen-in-the-next", "Where an event is missing, the next one of its entity is named") {
    EXPECT(verdict(without(bank(), 0)), "event 1: account:ann, sequence 1");
    EXPECT(verdict(without(bank(), 1)), "event 4: account:ben, sequence 1");
    EXPECT(verdict(without(bank(), 4)), "event 5: account:ann, sequence 3");
    const Edit renumbered = [](Told& told) { --told.draft.header.position.sequence; };
    EXPECT(verdict(with(without(bank(), 6), 7, renumbered)), "event 7: account:ann, sequence 3");
    const Hash before = bank()[4].event_hash;
    const Edit mended = [&](Told& told) { told.draft.prev_hash = before; };
    EXPECT(verdict(with(without(bank(), 6), 7, mended)), "event 7: account:ann, sequence 4");
    EXPECT(verdict(without(bank(), 8)), "sound, 3 entities, 0 hidden");
}

PIECE_CASE("what-was-swapped-is-named", "Of two events of one entity that were swapped, the one that comes first now") {
    EXPECT(verdict(swapped(bank(), 0, 2)), "event 0: account:ann, sequence 1");
    EXPECT(verdict(swapped(bank(), 4, 6)), "event 4: account:ann, sequence 3");
    EXPECT(verdict(swapped(bank(), 3, 7)), "event 3: account:eva, sequence 1");
}

PIECE_CASE("what-was-added-is-named", "What was put in is named, or the one behind it that does not go on from it") {
    const Edit goes_on = [history = bank()](Told& told) {
        told.draft.prev_hash = history[4].event_hash;
        ++told.draft.header.position.sequence;
    };
    EXPECT(verdict(with_more(bank(), 4, goes_on)), "event 7: account:ann, sequence 3");
    const Edit from_nothing = [](Told& told) {
        told.draft.prev_hash = {};
        ++told.draft.header.position.sequence;
    };
    EXPECT(verdict(with_more(bank(), 4, from_nothing)), "event 5: account:ann, sequence 3");
    const Edit begins_again = [](Told& told) {
        told.draft.prev_hash = {};
        told.draft.header.position.sequence = 0;
    };
    EXPECT(verdict(with_more(bank(), 8, begins_again)), "event 9: account:ann, sequence 0");
}

PIECE_CASE("what-is-there-twice-is-named", "An event that is there twice is named where it comes again") {
    EXPECT(verdict(with_more(bank(), 4, [](Told&) {})), "event 5: account:ann, sequence 2");
    EXPECT(verdict(with_more(bank(), 8, [](Told&) {})), "event 9: account:ann, sequence 4");
    const Edit goes_on = [history = bank()](Told& told) { told.draft.prev_hash = history[8].event_hash; };
    EXPECT(verdict(with_more(bank(), 8, goes_on)), "event 9: account:ann, sequence 4");
}

PIECE_CASE("the-first-one-begins-a-chain", "An entity's first event has sequence 0, and 32 zeros before it") {
    const Edit has_a_past = [](Told& told) { told.draft.prev_hash.bytes[31] = std::byte{1}; };
    EXPECT(verdict(with(bank(), 0, has_a_past)), "event 0: account:ann, sequence 0");
    EXPECT(verdict(with(bank(), 3, has_a_past)), "event 3: account:eva, sequence 0");
    const Edit is_the_second = [](Told& told) { told.draft.header.position.sequence = 1; };
    EXPECT(verdict(with(bank(), 3, is_the_second)), "event 3: account:eva, sequence 1");
}

PIECE_CASE("each-entity-is-a-chain-of-its-own", "Each entity is one chain, whatever its scope, and no other's") {
    const Edit elsewhere = [](Told& told) { told.draft.scope = "another bank"; };
    EXPECT(verdict(with(bank(), 8, elsewhere)), "sound, 3 entities, 0 hidden");
    Teller names;
    names.say("a", "1").say("aa", "1").say("A", "1").say("a", "2").say("aa", "2").say("A", "2").say("a", "3");
    EXPECT(verdict(names.history()), "sound, 3 entities, 0 hidden");
    const Edit behind_ben = [history = bank()](Told& told) { told.draft.prev_hash = history[1].event_hash; };
    EXPECT(verdict(with(bank(), 2, behind_ben)), "event 2: account:ann, sequence 1");
}

PIECE_CASE("it-is-the-record-that-it-says", "An event has its record's id and time, to the microsecond") {
    const Edit later = [](Told& told) { told.record_time += 1'000; };
    EXPECT(verdict(with(bank(), 3, later)), "event 3: account:eva, sequence 0");
    const Edit a_little = [](Told& told) { told.record_time += 999; };
    EXPECT(verdict(with(bank(), 3, a_little)), "sound, 3 entities, 0 hidden");
    const Edit another = [](Told& told) { told.record_id = id_of(77); };
    EXPECT(verdict(with(bank(), 8, another)), "event 8: account:ann, sequence 4");
    const Edit other_moment = [](Told& told) { ++told.draft.header.position.wall_ms; };
    EXPECT(verdict(with(bank(), 8, other_moment)), "event 8: account:ann, sequence 4");
    const Edit long_ago = [](Told& told) {
        told.record_time = -5'000'000'000;
        told.draft.header.timestamp_us = -5'000'000;
        told.draft.header.position.wall_ms = static_cast<std::uint64_t>(std::int64_t{-5'000'000}) / 1000;
    };
    EXPECT(verdict(with(bank(), 8, long_ago)), "event 8: account:ann, sequence 4");
    const Edit in_1970 = [](Told& told) {
        told.record_time = 0;
        told.draft.header.timestamp_us = 0;
        told.draft.header.position.wall_ms = 0;
    };
    EXPECT(verdict(with(Teller{}.say("a", "1").history(), 0, in_1970)), "sound, 1 entities, 0 hidden");
    EXPECT(verdict(with(bank(), 8, [](Told& told) { told.draft.header.position.depth = 1; })),
           "event 8: account:ann, sequence 4");
    EXPECT(verdict(with(bank(), 8, [](Told& told) { told.draft.header.position.lane = 1; })),
           "event 8: account:ann, sequence 4");
}

PIECE_CASE("the-counter-counts-a-moments-events",
           "The counter is 0, 1, 2, … within a moment, over all entities, and begins anew with the next one") {
    Teller teller;
    teller.say("a", "1").at_once({"a", "b", "a", "c"}).say("b", "2").at_once({"c", "a"});
    EXPECT(verdict(teller.history()), "sound, 3 entities, 0 hidden");
    const auto counted = [](std::uint64_t as) { return [as](Told& told) { told.draft.header.position.counter = as; }; };
    EXPECT(verdict(with(teller.history(), 0, counted(1))), "event 0: a, sequence 0");
    EXPECT(verdict(with(teller.history(), 4, counted(2))), "event 4: c, sequence 0");
    EXPECT(verdict(with(teller.history(), 4, counted(4))), "event 4: c, sequence 0");
    EXPECT(verdict(with(teller.history(), 4, counted(0))), "event 4: c, sequence 0");
    EXPECT(verdict(with(teller.history(), 5, counted(4))), "event 5: b, sequence 1");
    EXPECT(verdict(with(teller.history(), 7, counted(0))), "event 7: a, sequence 3");
}

PIECE_CASE("a-whole-batch-counts", "The events of a batch that has its end are events like others") {
    Teller teller;
    teller.say("a", "1");
    say_batch(teller, {"a", "b", "a"}, 3);
    teller.say("a", "4").say("b", "2");
    EXPECT(verdict(teller.history()), "sound, 2 entities, 0 hidden");
    EXPECT(verdict(with(teller.history(), 3, [](Told& told) { told.draft.prev_hash = {}; })), "event 3: a, sequence 2");
    EXPECT(verdict(with(teller.history(), 4, [](Told& told) { told.draft.prev_hash = {}; })), "event 4: a, sequence 3");
}

PIECE_CASE("a-batch-without-an-end-counts-for-nothing",
           "Behind a batch without an end, chains go on from where they stood before it") {
    Teller teller;
    teller.say("a", "1").say("b", "1");
    say_batch(teller, {"a", "c", "a"}, 4);
    EXPECT(verdict(teller.history()), "sound, 2 entities, 3 hidden");
    const History goes_on_from_it = Teller{teller}.say("a", "4").history();
    EXPECT(verdict(goes_on_from_it), "event 5: a, sequence 3");
    teller.forget_since("a", 1).forget_since("c", 0).say("a", "2").say("b", "2").say("c", "1").say("a", "3");
    EXPECT(verdict(teller.history()), "sound, 3 entities, 3 hidden");
    say_batch(teller, {"b"}, 2);
    teller.forget_since("b", 2);
    say_batch(teller, {"b", "b"}, 2);
    teller.say("b", "5");
    EXPECT(verdict(teller.history()), "sound, 3 entities, 4 hidden");
    EXPECT(verdict(with_byte(teller.history(), 3, "in a batc", 0)), "event 3: c, sequence 0");
}
