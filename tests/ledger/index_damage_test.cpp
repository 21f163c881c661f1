#include "index_support.hpp"

#include <cerrno>
#include <station/ledger/store/detail/index_format.hpp>

namespace station::test {
namespace {

using ledger::detail::part_name;
using ledger::detail::range_of_part;
using Call = SimulatedDisk::Call;

// An index of some parts, and what is in it.
struct Parted {
    explicit Parted(Random& random, int parts = 3, std::uint32_t merge_of = 9)
        : history{random, {}}, index{disk, merge_of} {
        for (int part = 0; part < parts; ++part) {
            history.grow(60);
            index.catch_up(history);
            REQUIRE_FALSE(index->checkpoint());
        }
    }
    SimulatedDisk disk;
    History history;
    IndexOn index;
};

TEST_CASE("index: a flipped bit anywhere in a part throws it away, and what follows it") {
    Random random;
    INFO(random.how_to_repeat());
    Parted parted{random};
    const log::Path second = kIndexFolder / part_name(60, 120);
    const auto right = parted.disk.content(second);
    const auto third = parted.disk.content(kIndexFolder / part_name(120, 180));
    for (std::size_t at = 0; at < right.size(); ++at) {
        auto wrong = right;
        wrong[at] ^= static_cast<std::byte>(1 << random.between(0, 7));
        parted.disk.set_content(second, wrong);
        parted.disk.set_content(kIndexFolder / part_name(120, 180), third);
        parted.index.warnings.clear();
        parted.index.reload();
        CAPTURE(at);
        REQUIRE_FALSE(parted.index.error);
        REQUIRE(parted.index->end() == 60);
        REQUIRE(parted.index.warnings.size() == 2);
    }
    CHECK(parted.disk.files().size() == 1);
    parted.index.catch_up(parted.history);
    parted.history.compare(*parted.index);
}

TEST_CASE("index: a part that was cut or has grown is thrown away") {
    Random random;
    INFO(random.how_to_repeat());
    Parted parted{random, 1};
    const log::Path only = kIndexFolder / part_name(0, 60);
    const auto right = parted.disk.content(only);
    for (std::size_t size = 0; size <= right.size() + 5; ++size) {
        auto wrong = right;
        wrong.resize(size);
        parted.disk.set_content(only, wrong);
        parted.index.reload();
        CAPTURE(size);
        REQUIRE(parted.index->end() == (size == right.size() ? 60 : 0));
    }
}

TEST_CASE("index: a part under another's name is thrown away") {
    Random random;
    INFO(random.how_to_repeat());
    Parted parted{random, 2};
    parted.disk.set_content(kIndexFolder / part_name(60, 121), parted.disk.content(kIndexFolder / part_name(60, 120)));
    parted.index.reload();
    CHECK(parted.index->end() == 120);
    parted.disk.set_content(kIndexFolder / part_name(60, 120), parted.disk.content(kIndexFolder / part_name(0, 60)));
    parted.index.reload();
    CHECK(parted.index->end() == 60);
}

TEST_CASE("index: names of parts") {
    CHECK(range_of_part("part-0-60.lix") == std::pair<Global, Global>{0, 60});
    CHECK(range_of_part(part_name(7, 4294967295)) == std::pair<Global, Global>{7, 4294967295});
    for (const char* const name : {"", "part-", "part-0", "part-0-", "part-0-60", "part-0-60.lix.new", "part-00-60.lix",
                                   "part-60-60.lix", "part-60-0.lix", "part--1-60.lix", "part-0-4294967296.lix",
                                   "art-0-60.lix", "part-0-60.liy", "part-+0-6.lix"}) {
        CAPTURE(name);
        CHECK_FALSE(range_of_part(name));
    }
}

// With its checksums made right again.
void forge(std::vector<std::byte>& part, std::size_t at, std::byte value) {
    using namespace ledger::detail;
    part[at] = value;
    auto header = PartHeader::decode(Bytes{part}.first(kHeaderSize), part.size());
    if (!header) return;
    header->checksum = checksum_of(Bytes{part}.subspan(kHeaderSize));
    const auto bytes = header->encode();
    std::copy(bytes.begin(), bytes.end(), part.begin());
}

TEST_CASE("index: made-up bytes with a right checksum give wrong answers at worst") {
    Random random;
    INFO(random.how_to_repeat());
    Parted parted{random, 2};
    const log::Path path = kIndexFolder / part_name(60, 120);
    const auto right = parted.disk.content(path);
    const auto first = parted.disk.content(kIndexFolder / part_name(0, 60));
    std::size_t taken = 0;
    for (std::size_t at = ledger::detail::kHeaderSize; at < right.size(); at += random.between(1, 12)) {
        auto wrong = right;
        forge(wrong, at, random.chance(0.5) ? std::byte{0xFF} : static_cast<std::byte>(random.between(0, 255)));
        forge(wrong, std::max(ledger::detail::kHeaderSize, random.index(right.size())), std::byte{0xFF});
        SimulatedDisk disk;
        REQUIRE_FALSE(disk.create_folders(kIndexFolder));
        disk.set_content(kIndexFolder / part_name(0, 60), first);
        disk.set_content(path, wrong);
        IndexOn index{disk, 2};
        if (index->end() == 120) ++taken;
        for (Global global = 0; global < index->end(); ++global) {
            index->position(global);
            index->hidden(global);
            const auto previous = index->previous(global);
            if (previous) REQUIRE(*previous < global);
        }
        for (const IndexEntry& entry : parted.history.entries(0)) {
            index->entity(entry.entity);
            index->find_id(entry.id);
            if (!entry.key) continue;
            for (const Global global : index->find_key(*entry.key)) REQUIRE(global < 120);
        }
        for (const Region& region :
             {Region::all(), Region::of_scope("scope1"), Region::of_kind(EventKind::from_bits(0x1001)),
              Region::all().with_category(15), Region::all().with_prefix("account:"), Region::of_entity("order:1")}) {
            for (const Global global : index->select(region, 0, 1000, 1000)) REQUIRE(global < 120);
        }
        index->checkpoint();
    }
    CHECK(taken > 100);
}

TEST_CASE("index: what a crash left of a merge is sorted out") {
    Random random;
    INFO(random.how_to_repeat());
    Parted parted{random, 2};
    const auto first = parted.disk.content(kIndexFolder / part_name(0, 60));
    const auto second = parted.disk.content(kIndexFolder / part_name(60, 120));
    parted.index.config.merge_of = 2;
    parted.index.reload();
    REQUIRE_FALSE(parted.index->checkpoint());
    REQUIRE(parted.disk.files().size() == 1);
    parted.disk.set_content(kIndexFolder / part_name(0, 60), first);
    parted.disk.set_content(kIndexFolder / part_name(60, 120), second);
    parted.disk.set_content(kIndexFolder / "part-120-180.lix.new", second);
    parted.index.reload();
    CHECK(parted.index.warnings.empty());
    CHECK(parted.index->ends().size() == 1);
    CHECK(parted.disk.files().size() == 1);
    parted.history.compare(*parted.index);

    auto torn = parted.disk.content(kIndexFolder / part_name(0, 120));
    torn.resize(torn.size() / 2);
    parted.disk.set_content(kIndexFolder / part_name(0, 120), torn);
    parted.disk.set_content(kIndexFolder / part_name(0, 60), first);
    parted.disk.set_content(kIndexFolder / part_name(60, 120), second);
    parted.index.reload();
    CHECK(parted.index->ends().size() == 2);
    parted.history.compare(*parted.index);
}

TEST_CASE("index: whichever call fails, nothing is lost, and the next checkpoint makes good") {
    Random random;
    INFO(random.how_to_repeat());
    for (std::uint64_t nth = 1;; ++nth) {
        Parted parted{random, 2, 3};
        parted.history.grow(60);
        parted.index.catch_up(parted.history);
        const std::uint64_t before = parted.disk.calls();
        parted.disk.fail_call(nth, std::error_code{EIO, std::generic_category()});
        const auto error = parted.index->checkpoint();
        const std::uint64_t made = parted.disk.calls() - before;
        parted.disk.fail_call(0, {});
        CAPTURE(nth);
        if (error) REQUIRE(parted.index->in_memory() == 60);
        parted.history.compare(*parted.index);
        REQUIRE_FALSE(parted.index->checkpoint());
        CHECK(parted.index->in_memory() == 0);
        CHECK(parted.index->ends().size() == 1);
        CHECK(parted.disk.syncs_after_failure() == 0);
        parted.history.compare(*parted.index);
        parted.index.reload();
        REQUIRE_FALSE(parted.index.error);
        REQUIRE(parted.index->end() == 180);
        parted.history.compare(*parted.index);
        CHECK(parted.disk.files().size() == 1);
        if (made < nth) break;
        REQUIRE(nth < 100);
    }
}

TEST_CASE("index: a load that can't read says so, and throws nothing away") {
    Random random;
    INFO(random.how_to_repeat());
    Parted parted{random};
    const std::error_code no_descriptor{EMFILE, std::generic_category()};
    for (const Call call : {Call::exists, Call::list, Call::open, Call::size, Call::map}) {
        parted.disk.fail_from(1, {call}, no_descriptor);
        parted.index.reload();
        parted.disk.fail_from(0, {}, {});
        CHECK(parted.index.error == no_descriptor);
        CHECK(parted.index->end() == 0);
        CHECK(parted.disk.files().size() == 3);
    }
    parted.index.reload();
    parted.history.compare(*parted.index);
}

TEST_CASE("index: a disk that is full keeps the index in memory until there is room") {
    Random random;
    INFO(random.how_to_repeat());
    Parted parted{random, 2, 3};
    std::uint64_t used = 0;
    for (const auto& file : parted.disk.files()) used += parted.disk.content(file).size();
    parted.history.grow(60);
    parted.index.catch_up(parted.history);
    const auto files = parted.disk.files();
    for (std::uint64_t room = 0;; room += 700) {
        parted.disk.set_space(used + room);
        const auto error = parted.index->checkpoint();
        if (!error) break;
        CHECK(parted.index->in_memory() == 60);
        CHECK(parted.disk.files() == files);
        REQUIRE(room < 1'000'000);
    }
    CHECK(parted.index->ends().size() == 3);
    CHECK_FALSE(parted.index.warnings.empty());
    parted.history.compare(*parted.index);
    parted.disk.set_space(~std::uint64_t{0});
    REQUIRE_FALSE(parted.index->checkpoint());
    CHECK(parted.index->ends().size() == 1);
    parted.history.compare(*parted.index);
}

TEST_CASE("index: the power goes at any moment, and what is left is right") {
    Random random;
    INFO(random.how_to_repeat());
    for (std::uint64_t nth = 1; nth < 40; ++nth) {
        SimulatedDisk disk{random.between(0, 1'000'000)};
        History history{random, {}};
        IndexOn index{disk, 2};
        disk.cut_power(nth);
        for (int part = 0; part < 6; ++part) {
            history.grow(30);
            index.catch_up(history);
            index->checkpoint();
        }
        disk.crash();
        disk.power_on();
        index.reload();
        CAPTURE(nth);
        REQUIRE_FALSE(index.error);
        history.compare_ends(*index);
        index.catch_up(history);
        history.compare(*index);
        REQUIRE_FALSE(index->checkpoint());
    }
}

}  // namespace
}  // namespace station::test
