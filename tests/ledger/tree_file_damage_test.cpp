// What power cuts, full disks, refused calls and flipped bits leave of a tree file.
#include <tree_file_support.hpp>

using namespace station::test;

TEST_CASE("what was synced survives a power cut, and nothing that is not right does") {
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(20'000);
    for (int round = 0; round < 40 / kSlowness; ++round) {
        SimulatedDisk disk{random.between(1, 1'000'000)};
        std::uint64_t synced = 0;
        for (int crash = 0; crash < 4; ++crash) {
            const auto tree = open_tree(disk);
            REQUIRE(tree->size() >= synced / 256 * 256);
            REQUIRE(is_right(*tree, nodes, tree->size(), random));
            append_to(*tree, tree->size() + random.between(0, 2000));
            if (random.chance(0.5)) {
                REQUIRE(tree->sync());
                synced = tree->size();
                append_to(*tree, tree->size() + random.between(0, 2000));
            }
            REQUIRE(is_right(*tree, nodes, tree->size(), random));
            disk.crash();
        }
    }
    CHECK(true);
}

TEST_CASE("no power cut brings back what was cut off") {
    Random random;
    INFO(random.how_to_repeat());
    const Hashes others = event_hashes(2'000, 50'000);
    Hashes leaves;
    for (const Hash& hash : others) leaves.push_back(merkle::leaf_hash(hash.bytes));
    const NodeTable<> nodes{leaves};
    bool all = true;
    for (int round = 0; round < 30; ++round) {
        SimulatedDisk disk{random.between(1, 1'000'000)};
        auto tree = open_tree(disk);
        append_to(*tree, 2'000);
        REQUIRE(tree->sync());
        REQUIRE(tree->truncate(0));
        REQUIRE(tree->append(others));
        disk.crash();
        tree = open_tree(disk);
        all = all && is_right(*tree, nodes, tree->size(), random) && all_tiles_are_right(*tree, nodes);
    }
    CHECK(all);
}

TEST_CASE("a tile of tiles never stands over a tile that a power cut kept out") {
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(66'000);
    for (int round = 0; round < 6 / kSlowness + 1; ++round) {
        SimulatedDisk disk{random.between(1, 1'000'000)};
        auto tree = open_tree(disk);
        append_to(*tree, 66'000);
        disk.crash();
        tree = open_tree(disk);
        CHECK(all_tiles_are_right(*tree, nodes));
        CHECK(tree->size() >= 65'536);
    }
}

TEST_CASE("a power cut in the middle of any operation leaves a tree that is right and can go on") {
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(69'000);
    for (const std::uint64_t begin : {600u, 65'400u}) {  // a tile of tiles is completed in the second
        SimulatedDisk prepared;
        append_to(*open_tree(prepared), begin);
        const auto content = prepared.content(kTreePath);
        for (std::uint64_t nth = 1; nth <= ((begin < 1'000 ? 40 : 15) / kSlowness + 1); ++nth) {
            CAPTURE(begin, nth);
            SimulatedDisk disk{random.between(1, 1'000'000)};
            disk.set_content(kTreePath, content);
            {
                const auto tree = open_tree(disk);
                append_to(*tree, begin);
                disk.cut_power(nth);
                static_cast<void>(tree->append(event_hashes(2'000, begin)));
                static_cast<void>(tree->truncate(begin + 400));
                static_cast<void>(tree->append(event_hashes(2'000, tree->size())));
                static_cast<void>(tree->sync());
            }
            disk.crash();
            const auto tree = open_tree(disk);
            CHECK((begin > 1'000 || tree->size() >= 512));
            CHECK(is_right(*tree, nodes, tree->size(), random));
            CHECK(all_tiles_are_right(*tree, nodes));
            append_to(*tree, begin + 3'400);
            CHECK(is_right(*tree, nodes, begin + 3'400, random));
        }
    }
}

TEST_CASE("a full disk stops a tree file where it is, and room lets it go on") {
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(3'000);
    SimulatedDisk disk;
    auto tree = open_tree(disk);
    for (std::uint64_t tiles = 0; tiles < 5; ++tiles) {
        CAPTURE(tiles);
        disk.set_space(32 + tiles * kTileBytes + 5'000);
        const auto appended = tree->append(event_hashes(3'000 - tree->size(), tree->size()));
        REQUIRE_FALSE(appended);
        CHECK(appended.error().code == station::log::Errc::disk_full);
        CHECK(appended.error().where == kTreePath.string());
        CHECK(tree->size() == tiles * 256);
        CHECK(is_right(*tree, nodes, tree->size(), random));
        if (tiles == 3) tree = open_tree(disk);
        CHECK(tree->size() == tiles * 256);
    }
    disk.set_space(1'000'000);
    append_to(*tree, 3'000);
    CHECK(is_right(*tree, nodes, 3'000, random));
}

TEST_CASE("whatever call the disk refuses, a tree file says so and is right when it is tried again") {
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(66'100);
    const auto refusal = std::make_error_code(std::errc::io_error);
    SimulatedDisk prepared;
    append_to(*open_tree(prepared), 65'300);
    const auto content = prepared.content(kTreePath);
    constexpr std::uint64_t kStride = kSlowness > 1 ? 3 : 1;
    std::uint64_t nth = 1;
    // Opening reads 255 tiles, one like the other.
    for (bool was_refused = true; was_refused; nth += (nth < 12 || nth > 250 ? 1 : 31) * kStride) {
        CAPTURE(nth);
        was_refused = false;
        SimulatedDisk disk;
        disk.set_content(kTreePath, content);
        disk.power_on();
        disk.fail_call(nth, refusal);
        const auto tried = [&](const auto& call) {
            auto result = call();
            if (!result) {
                CHECK(result.error().code == refusal);
                was_refused = true;
                result = call();
            }
            REQUIRE(result);
            return result;
        };
        const auto opened = tried([&] { return TreeFile::open(disk, kTreePath, false); });
        TreeFile& tree = **opened;
        tried([&] { return tree.append(event_hashes(65'700 - tree.size(), tree.size())); });
        tried([&] { return tree.truncate(65'200); });
        tried([&] { return tree.append(event_hashes(65'700 - tree.size(), tree.size())); });
        tried([&] { return tree.sync(); });
        CHECK(*tried([&] { return tree.root(400); }) == merkle::root(400, nodes));
        CHECK(*tried([&] { return tree.inclusion(3, 65'700); }) == merkle::inclusion_path(3, 65'700, nodes));
        disk.fail_call(0, {});
        CHECK(is_right(tree, nodes, 65'700, random));
    }
    CHECK(nth > 265);
}

TEST_CASE("a flipped bit in a tree file is noticed, or does not matter") {
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(1'500);
    SimulatedDisk good;
    append_to(*open_tree(good), 1'500);
    const auto content = good.content(kTreePath);
    bool never_lied = true;
    for (int round = 0; round < 400 / kSlowness; ++round) {
        // The header byte by byte, a seal byte by byte, and then anywhere.
        const auto at = round < 32   ? static_cast<std::size_t>(round)
                        : round < 64 ? 32 + 256 * 32 + static_cast<std::size_t>(round - 32)
                                     : random.index(content.size());
        const auto bit = static_cast<unsigned>(random.between(0, 7));
        const std::uint64_t index = at < 32 ? 0 : std::min<std::uint64_t>((at - 32) / kTileBytes * 256 + 7, 1'279);
        SimulatedDisk disk;
        disk.set_content(kTreePath, content);
        if (round % 2 == 0) {  // while it is open
            const auto tree = open_tree(disk);
            // The same file: its handle sees what is written into it.
            const auto writer = disk.open(kTreePath, station::log::Open::write);
            const std::byte broken[] = {content[at] ^ static_cast<std::byte>(1u << bit)};
            REQUIRE_FALSE((*writer)->write_at(at, broken));
            never_lied = never_lied && never_lies(*tree, nodes, index) &&
                         (at < 32 || tree->leaf(index).error().code == Errc::damaged);
            REQUIRE(tree->truncate(0));
            append_to(*tree, 1'500);
            never_lied = never_lied && is_right(*tree, nodes, 1'500, random);
        } else {
            flip(disk, at, bit);
            const auto tree = open_tree(disk);
            never_lied =
                never_lied && never_lies(*tree, nodes, index) && tree->size() == (at < 32 ? 0 : index / 256 * 256);
            append_to(*tree, 1'500);
            never_lied = never_lied && is_right(*tree, nodes, 1'500, random);
        }
    }
    CHECK(never_lied);
}

TEST_CASE("a flipped bit below a tile of tiles is noticed when somebody looks") {
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(66'000);
    SimulatedDisk disk;
    append_to(*open_tree(disk), 66'000);
    const auto content = disk.content(kTreePath);
    bool never_lied = true;
    for (int round = 0; round < 60; ++round) {
        const std::size_t at = random.index(content.size());
        disk.set_content(kTreePath, content);
        flip(disk, at, static_cast<unsigned>(random.between(0, 7)));
        const auto tree = open_tree(disk);
        for (int i = 0; i < 4; ++i) never_lied = never_lied && never_lies(*tree, nodes, random.between(0, 65'999));
        const std::uint64_t leaf = std::min<std::uint64_t>(at < 32 ? 0 : (at - 32) / kTileBytes * 256, 65'000);
        never_lied = never_lied && never_lies(*tree, nodes, leaf);
    }
    CHECK(never_lied);
}

TEST_CASE("what is no tree file is begun anew, and tiles out of place are damaged") {
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(2'000);
    SimulatedDisk disk;
    append_to(*open_tree(disk), 2'000);
    const auto content = disk.content(kTreePath);
    const auto with = [&](const std::vector<std::byte>& bytes) {
        disk.set_content(kTreePath, bytes);
        auto tree = open_tree(disk);
        const std::uint64_t size = tree->size();
        append_to(*tree, 2'000);
        CHECK(is_right(*tree, nodes, 2'000, random));
        return size;
    };
    CHECK(with(content) == 1'792);
    CHECK(with({}) == 0);
    CHECK(with({content.begin(), content.begin() + 20}) == 0);
    CHECK(with({content.begin(), content.begin() + 32}) == 0);
    CHECK(with({content.begin(), content.end() - 1}) == 1'536);
    CHECK(with(std::vector<std::byte>(100'000, std::byte{0})) == 0);
    auto longer = content;
    longer.resize(content.size() + 3 * kTileBytes + 7);
    CHECK(with(longer) == 1'792);
    auto swapped = content;
    std::swap_ranges(swapped.begin() + 32, swapped.begin() + 32 + kTileBytes, swapped.begin() + 32 + 2 * kTileBytes);
    CHECK(with(swapped) == 0);
    auto doubled = content;
    std::copy_n(content.begin() + 32, kTileBytes, doubled.begin() + 32 + 3 * kTileBytes);
    CHECK(with(doubled) == 768);
}
