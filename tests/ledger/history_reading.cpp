// Everything that a store can be asked, against the model.
#include <algorithm>
#include <history.hpp>
#include <store_support.hpp>

namespace station::ledger::test {
namespace {

using Globals = std::vector<std::uint64_t>;

Record record_of(const StoredEvent& event) { return test::record_of(*event, event.time()); }

template <typename T>
const T& must(const Result<T>& result, const char* what) {
    expect(result.has_value(), what, ": ", result ? "" : result.error().message());
    return *result;
}

void expect_events(const Result<EventList>& events, const Model& model, const Globals& wanted,
                   const std::string& what) {
    must(events, what.c_str());
    Globals found;
    for (std::size_t i = 0; i < events->size(); ++i) found.push_back(events->global_sequence(i));
    expect(found == wanted, what, ": ", found.size(), " events for ", wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        expect(record_of(must(events->read(i), "an event of a list")) == model.log()[found[i]], what, ": event ",
               found[i]);
    }
}

void compare_ids(const Store& store, const Model& model) {
    for (std::uint64_t global = 0; global < model.size(); ++global) {
        const Record& record = model.log()[global];
        const auto event = store.get(record.header.event_id);
        if (record.hidden) {
            expect(!event && event.error().code == Errc::not_found, "hidden record ", global, " can be got");
        } else {
            expect(record_of(must(event, "get")) == record, "event ", global, " is another one");
            expect(event->global_sequence() == global, "event ", global, " lies elsewhere");
        }
    }
    expect(store.get(id_of(1)).error().code == Errc::not_found, "what is not there is found");
}

void compare_keys(const Store& store, const Model& model) {
    const auto is_key = [&](const EventId& key) {
        const auto found = store.find_key(key);
        must(found, "find_key");
        const auto global = model.key(key);
        expect(found->has_value() == global.has_value(), "key ", key.to_text(), *found ? " is found" : " is not found");
        if (global) expect(record_of(**found) == model.log()[*global], "key ", key.to_text(), " finds another event");
    };
    for (const Record& record : model.log()) {
        if (record.key) is_key(*record.key);
    }
    is_key(id_of(999));
}

void compare_entity(const Store& store, const Model& model, const std::string& entity, lab::Random& random) {
    const Globals stream = model.stream(entity);
    expect_events(store.stream(entity), model, stream, "stream " + entity);
    const auto last = store.last(entity);
    expect(must(last, "last").has_value() == !stream.empty(), "the last event of ", entity);
    if (stream.empty()) return;
    expect(record_of(**last) == model.log()[stream.back()], "the last event of ", entity);
    const std::size_t from = random.pick(0, stream.size() - 1);
    const std::size_t limit = random.pick(0, stream.size());
    const auto walked = store.walk_ancestors(model.log()[stream[from]].header.event_id, limit);
    must(walked, "walk_ancestors");
    expect(walked->size() == std::min(limit, from + 1), "walk_ancestors of ", entity, ": ", walked->size(), " events");
    for (std::size_t i = 0; i < walked->size(); ++i) {
        expect(record_of((*walked)[i]) == model.log()[stream[from - i]], "ancestor ", i, " of ", entity);
    }
}

// What a region says, said a second time.
bool lies_in(const Record& record, const Region& region) {
    return (!region.entity || record.entity == *region.entity) &&
           (!region.prefix || record.entity.compare(0, region.prefix->size(), *region.prefix) == 0) &&
           (!region.scope || record.scope == *region.scope) &&
           (!region.kind || record.header.event_kind == *region.kind) &&
           (!region.category || record.header.event_kind.bits() >> 12 == *region.category) &&
           (!region.sequences ||
            (record.sequence() >= region.sequences->first && record.sequence() <= region.sequences->second));
}

void compare_regions(const Store& store, const Model& model, lab::Random& random) {
    static const std::vector<std::string> kPrefixes{"", "a", "ab", "abc", "b"};
    for (int i = 0; i < 12; ++i) {
        Region region;
        std::string words = "query";
        const auto narrow = [&](std::uint64_t one_in, const char* word) {
            if (!random.one_in(one_in)) return false;
            words += std::string{" "} + word;
            return true;
        };
        if (narrow(3, "entity")) region.entity = random.one_in(2) ? "a" : "ab";
        if (narrow(3, "prefix")) region.prefix = kPrefixes[random.pick(0, 4)];
        if (narrow(3, "scope")) region.scope = random.one_in(3) ? "shop" : "bank";
        if (narrow(4, "kind")) region.kind = random.one_in(2) ? kDeposited : kNoted;
        if (narrow(4, "category")) region.category = static_cast<unsigned>(random.pick(1, 3));
        if (narrow(4, "sequences")) {
            const std::uint64_t first = random.pick(0, 10);
            region.sequences = std::pair{first, first + random.pick(0, 10)};
        }
        Globals wanted = model.select([&](const Record& record) { return lies_in(record, region); });
        std::size_t limit = static_cast<std::size_t>(-1);
        if (narrow(3, "limit")) limit = random.pick(0, 8);
        if (wanted.size() > limit) wanted.resize(limit);
        expect_events(store.query(region, limit), model, wanted, words);
    }
}

}  // namespace

void compare(const Store& store, const Model& model, lab::Random& random) {
    compare_ids(store, model);
    compare_keys(store, model);
    for (const std::string entity : {"a", "ab", "b", "abc"}) compare_entity(store, model, entity, random);
    expect_events(store.query(Region::all()), model, model.select([](const Record&) { return true; }), "everything");
    compare_regions(store, model, random);
    for (const std::uint64_t number : {1000U, 1001U, 2000U, 2001U}) {
        const EventId id = id_of(number);
        const auto correlated = [&](const Record& record) { return record.header.correlation_id == id; };
        const auto caused = [&](const Record& record) { return record.header.causation_id == id; };
        expect_events(store.correlated(id), model, model.select(correlated), "correlated");
        expect_events(store.caused_by(id), model, model.select(caused), "caused_by");
    }
}

}  // namespace station::ledger::test
