#include "index_support.hpp"

#include <station/ledger/store/detail/index_files.hpp>

namespace station::test {
namespace {

void one_history(Random& random, HistoryShape shape, std::uint64_t most_at_once, int steps) {
    SimulatedDisk disk{random.between(0, 1'000'000)};
    IndexOn index{disk, static_cast<std::uint32_t>(random.between(2, 9))};
    History history{random, shape};
    for (int step = 0; step < steps; ++step) {
        history.grow(random.between(0, most_at_once));
        index.catch_up(history);
        if (random.chance(0.7)) REQUIRE_FALSE(index->checkpoint());
        if (random.chance(0.3)) {
            index.reload();
            REQUIRE_FALSE(index.error);
            history.compare_ends(*index);
            index.catch_up(history);
        }
        if (random.chance(0.1)) {
            const auto from = static_cast<Global>(random.between(0, history.end()));
            index->drop_from(from);
            REQUIRE(index->end() <= history.end());
            if (from < history.end()) REQUIRE(index->end() <= from);
            history.cut(std::max(from, index->end()));
            index.catch_up(history);
        }
        history.compare(*index);
    }
    CHECK(index.warnings.empty());
}

TEST_CASE("index: random histories of many shapes are found again as they were") {
    Random random;
    INFO(random.how_to_repeat());
    for (int run = 0; run < 12; ++run) {
        HistoryShape shape;
        shape.entities = random.between(1, random.chance(0.5) ? 5 : 300);
        shape.scopes = random.between(1, random.chance(0.7) ? 8 : 200);
        shape.kinds = random.between(1, 60);
        shape.hidden = random.chance(0.3) ? 0 : 0.2;
        shape.keyed = random.chance(0.3) ? 0 : 0.6;
        one_history(random, shape, random.chance(0.5) ? 20 : 400, 12);
    }
}

TEST_CASE("index: posting lists longer than one container, names longer than one piece, merged at odd places") {
    Random random;
    INFO(random.how_to_repeat());
    SimulatedDisk disk;
    IndexOn index{disk, 3};
    HistoryShape shape;
    shape.kinds = 1;
    shape.entities = 15'000;
    History history{random, shape};
    for (int part = 0; part < 4; ++part) {
        history.grow(34567);
        index.catch_up(history);
        REQUIRE_FALSE(index->checkpoint());
    }
    CHECK(index->ends().size() == 2);
    history.compare(*index);
    for (int i = 0; i < 100 / kSlowness; ++i)
        history.compare_selection(*index, Region::of_kind(EventKind::from_bits(0x1001)));
}

// Records of one entity with these ids.
std::vector<IndexEntry> entries_with(const std::vector<EventId>& ids, Global from) {
    std::vector<IndexEntry> entries;
    for (Global global = from; global < ids.size(); ++global) {
        IndexEntry entry{.global = global, .id = ids[global], .entity = "account:1", .scope = "bank"};
        entry.sequence = global;
        if (global > 0) entry.previous = global - 1;
        entries.push_back(entry);
    }
    return entries;
}

TEST_CASE("index: an id's number says which of its millisecond it is") {
    Random random;
    INFO(random.how_to_repeat());
    for (const std::int64_t nanos_apart : {1'000, 100'000, 400'000}) {
        SimulatedDisk disk;
        IndexOn index{disk, 3};
        log::EventIdGenerator generator{[&] { return random.between(0, ~std::uint64_t{0}); }};
        std::vector<EventId> ids;
        const auto all_likely = [&] {
            Global found = 0;
            while (found < ids.size() && index->find_id(ids[found]).likely == found) ++found;
            return found;
        };
        std::int64_t now = 1'700'000'000'000'000'000;
        for (int part = 0; part < 4; ++part) {
            const auto from = static_cast<Global>(ids.size());
            for (int i = 0; i < 1000; ++i) ids.push_back(generator.next(now += nanos_apart));
            index->append(entries_with(ids, from));
            CHECK(all_likely() == ids.size());
            REQUIRE_FALSE(index->checkpoint());
            CHECK(all_likely() == ids.size());
        }
        CHECK(index->ends().size() == 2);
        index.reload();
        CHECK(all_likely() == ids.size());
    }
}

TEST_CASE("index: how far two ids' numbers lie apart") {
    using ledger::detail::head_behind;
    using ledger::detail::IdHead;
    using ledger::detail::number_between;
    constexpr std::uint64_t kMoment = 0x0190'1234'5678'0000;
    const IdHead first{kMoment | 0x7FFE, std::uint16_t{0xBFFE}};
    const std::vector<std::pair<std::uint32_t, IdHead>> behind{
        {0, first},
        {1, {kMoment | 0x7FFE, std::uint16_t{0xBFFF}}},
        {2, {kMoment | 0x7FFF, std::uint16_t{0x8000}}},
        {0x4001, {kMoment | 0x7FFF, std::uint16_t{0xBFFF}}},
        {0x4002, {kMoment + 0x10000 + 0x7000, std::uint16_t{0x8000}}},
        {0xFFFF'FFFF, {kMoment + 0x40'0000 + 0x7FFE, std::uint16_t{0xBFFD}}},
    };
    for (const auto& [number, id] : behind) {
        CAPTURE(number);
        CHECK(number_between(first, id) == number);
        CHECK(head_behind(first, number).prefix == id.prefix);
        CHECK(head_behind(first, number).next == id.next);
    }
    const IdHead too_far{kMoment + 0x40'0000 + 0x7FFE, std::uint16_t{0xBFFE}};
    const IdHead before{kMoment | 0x7FFE, std::uint16_t{0xBFFD}};
    const IdHead other_version{kMoment | 0x8FFE, std::uint16_t{0xBFFE}};
    const IdHead other_variant{kMoment | 0x7FFE, std::uint16_t{0xFFFE}};
    for (const IdHead& id : {too_far, before, other_version, other_variant, IdHead{first.prefix, std::nullopt},
                             IdHead{~std::uint64_t{0}, std::uint16_t{0xBFFE}}, IdHead{}}) {
        CHECK_FALSE(number_between(first, id));
    }
    CHECK_FALSE(number_between({first.prefix, std::nullopt}, first));
}

TEST_CASE("index: without a folder all is in memory, and a checkpoint does nothing") {
    Random random;
    INFO(random.how_to_repeat());
    History history{random, {}};
    history.grow(100);
    Index index{Index::Config{}};
    REQUIRE_FALSE(index.load());
    index.append(history.entries(0));
    REQUIRE_FALSE(index.checkpoint());
    CHECK(index.in_memory() == 100);
    history.compare(index);
    index.drop_from(50);
    CHECK(index.end() == 0);
    CHECK(index.memory().mapped == 0);
}

TEST_CASE("index: who only reads makes no part and removes none") {
    Random random;
    INFO(random.how_to_repeat());
    SimulatedDisk disk;
    History history{random, {}};
    history.grow(100);
    IndexOn writer{disk};
    writer.catch_up(history);
    REQUIRE_FALSE(writer->checkpoint());
    disk.set_content(kIndexFolder / "part-100-200.lix", {});
    disk.set_content(kIndexFolder / "part-0-10.lix", {});
    const auto files = disk.files();
    IndexOn reader{disk};
    CHECK(disk.files().size() == files.size() - 2);
    disk.set_content(kIndexFolder / "part-100-200.lix", {});

    Index::Config config{&disk, kIndexFolder, true, 3, {}};
    Index index{config};
    REQUIRE_FALSE(index.load());
    history.compare(index);
    history.grow(50);
    index.append(history.entries(100));
    REQUIRE_FALSE(index.checkpoint());
    CHECK(index.in_memory() == 50);
    index.drop_from(0);
    CHECK(disk.files().size() == files.size() - 1);
}

TEST_CASE("index: checkpoints of any size leave few parts") {
    Random random;
    INFO(random.how_to_repeat());
    SimulatedDisk disk;
    IndexOn index{disk, 4};
    History history{random, {}};
    std::size_t most = 0;
    for (int i = 0; i < 60; ++i) {
        history.grow(random.chance(0.1) ? 3000 : random.between(1, 30));
        index.catch_up(history);
        REQUIRE_FALSE(index->checkpoint());
        most = std::max(most, index->ends().size());
    }
    CHECK(most == 3);
    CHECK(disk.files().size() == index->ends().size());
    history.compare(*index);
}

TEST_CASE("index: which parts become one") {
    using Sizes = std::vector<std::uint64_t>;
    using Merged = std::pair<std::size_t, std::size_t>;
    const auto merged = [](const Sizes& sizes) { return ledger::detail::parts_to_merge(sizes, 3); };
    constexpr std::uint64_t k = 32768;
    CHECK(merged({}) == Merged{0, 0});
    CHECK(merged({1, 2}) == Merged{0, 0});
    CHECK(merged({1, 2, 3}) == Merged{0, 3});
    CHECK(merged({3 * k, 1, 3 * k - 1}) == Merged{0, 0});
    CHECK(merged({3 * k, 1, 3 * k - 1, 7}) == Merged{1, 4});
    CHECK(merged({9 * k, 3 * k, 9 * k - 1, 1}) == Merged{0, 0});
    CHECK(merged({9 * k, 3 * k, 9 * k - 1, 3 * k, 1}) == Merged{1, 4});
    // Small ones that larger ones follow count as large.
    CHECK(merged({1, 9 * k, 1, 3 * k}) == Merged{0, 0});
    CHECK(merged({1, 3 * k, 1, 3 * k, 1}) == Merged{0, 4});
}

TEST_CASE("index: at no moment of a checkpoint or a merge is an event missing") {
    Random random;
    INFO(random.how_to_repeat());
    SimulatedDisk disk;
    IndexOn index{disk, 2};
    History history{random, HistoryShape{.keyed = 1}};
    std::uint64_t calls = 0;
    std::uint64_t wrong = 0;
    disk.on_call([&](SimulatedDisk::Call, const std::string&) {
        ++calls;
        if (!index.index || index->end() != history.end()) return;
        for (const IndexEntry& entry : history.entries(0)) {
            if (!entry.hidden && (index->find_key(*entry.key).empty() || !index->entity(entry.entity))) ++wrong;
        }
        if (index->select(Region::all().with_prefix("account:"), 0, history.end(), 1).empty()) ++wrong;
    });
    for (int part = 0; part < 4; ++part) {
        history.grow(40);
        index.catch_up(history);
        const std::uint64_t before = calls;
        REQUIRE_FALSE(index->checkpoint());
        CHECK(calls > before + 5);
    }
    CHECK(wrong == 0);
    disk.on_call({});
    history.compare(*index);
}

TEST_CASE("index: after a drop what is appended anew counts") {
    Random random;
    INFO(random.how_to_repeat());
    SimulatedDisk disk;
    IndexOn index{disk, 9};
    History history{random, {}};
    for (int part = 0; part < 3; ++part) {
        history.grow(100);
        index.catch_up(history);
        REQUIRE_FALSE(index->checkpoint());
    }
    REQUIRE(index->ends().size() == 3);
    index->drop_from(150);
    CHECK(index->end() == 100);
    history.cut(150);
    history.grow(150);
    index.catch_up(history);
    history.compare(*index);
    REQUIRE_FALSE(index->checkpoint());
    index.reload();
    history.compare(*index);
    index->drop_from(0);
    CHECK(index->end() == 0);
    CHECK(disk.files().empty());
}

TEST_CASE("index: its memory is counted") {
    Random random;
    INFO(random.how_to_repeat());
    SimulatedDisk disk;
    IndexOn index{disk};
    History history{random, {}};
    history.grow(5000);
    index.catch_up(history);
    const auto before = index->memory();
    CHECK(before.mapped == 0);
    CHECK(before.owned > 5000 * 30);
    REQUIRE_FALSE(index->checkpoint());
    const auto after = index->memory();
    CHECK(after.owned < 4000);
    CHECK(after.mapped == disk.content(kIndexFolder / "part-0-5000.lix").size());
}

}  // namespace
}  // namespace station::test
