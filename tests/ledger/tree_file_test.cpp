#include <atomic>
#include <thread>
#include <tree_file_support.hpp>

using namespace station::test;

TEST_CASE("a tree file answers as the tree does, before and after it was opened again") {
    constexpr std::uint64_t kSize = 70'000;  // more than a whole tile of tiles
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(kSize);
    SimulatedDisk disk;
    auto tree = open_tree(disk);
    CHECK(tree->root(0) == merkle::empty_root());
    while (tree->size() < kSize) {
        const std::uint64_t to = tree->size() + random.between(0, random.chance(0.1) ? 3000 : 300);
        append_to(*tree, std::min(to, kSize));
        if (random.chance(0.1)) CHECK(is_right(*tree, nodes, tree->size(), random));
    }
    for (const std::uint64_t size : {1u, 255u, 256u, 257u, 511u, 512u, 65'535u, 65'536u, 65'537u, 65'792u, 69'999u}) {
        CAPTURE(size);
        CHECK(is_right(*tree, nodes, size, random));
    }
    for (int i = 0; i < 200; ++i) CHECK(is_right(*tree, nodes, random.between(0, kSize), random));
    // 32 bytes a leaf, a seal for 256 of them, and what stands over the tiles.
    CHECK(disk.content(kTreePath).size() == 32 + (kSize / 256 + kSize / 65'536) * kTileBytes);

    tree = open_tree(disk);
    CHECK(tree->size() == kSize / 256 * 256);
    for (int i = 0; i < 50; ++i) CHECK(is_right(*tree, nodes, random.between(0, tree->size()), random));
    append_to(*tree, kSize);
    CHECK(is_right(*tree, nodes, kSize, random));
}

TEST_CASE("a tree file says what it has not got") {
    SimulatedDisk disk;
    const auto tree = open_tree(disk);
    append_to(*tree, 300);
    CHECK(tree->leaf(300).error().code == Errc::not_found);
    CHECK(tree->leaf(~std::uint64_t{0}).error().code == Errc::not_found);
    CHECK(tree->root(301).error().code == Errc::not_found);
    CHECK(tree->inclusion(300, 300).error().code == Errc::not_found);
    CHECK(tree->inclusion(0, 301).error().code == Errc::not_found);
    CHECK(tree->consistency(2, 1).error().code == Errc::not_found);
    CHECK(tree->consistency(1, 301).error().code == Errc::not_found);
}

TEST_CASE("a tree file that was cut goes on with other leaves") {
    Random random;
    INFO(random.how_to_repeat());
    SimulatedDisk disk;
    auto tree = open_tree(disk);
    Hashes hashes;
    bool all = true;
    for (int round = 0; round < 60; ++round) {
        const std::uint64_t kept = random.chance(0.1) ? 0 : random.between(0, hashes.size());
        REQUIRE(tree->truncate(kept));
        hashes.resize(kept);
        REQUIRE(tree->size() == kept);
        const Hashes more = event_hashes(random.between(0, 1500), 10'000 * static_cast<std::uint64_t>(round + 1));
        REQUIRE(tree->append(more));
        hashes.insert(hashes.end(), more.begin(), more.end());
        Hashes leaves;
        for (const Hash& hash : hashes) leaves.push_back(merkle::leaf_hash(hash.bytes));
        all = all && is_right(*tree, NodeTable<>{leaves}, hashes.size(), random);
        if (random.chance(0.3)) {
            tree = open_tree(disk);
            hashes.resize(tree->size());
            leaves.resize(tree->size());
            all = all && is_right(*tree, NodeTable<>{leaves}, hashes.size(), random);
        }
    }
    CHECK(all);
    REQUIRE(tree->truncate(~std::uint64_t{0}));
    CHECK(tree->size() == hashes.size());
}

TEST_CASE("a cut inside the tiles of tiles keeps what is left of it") {
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(140'000);
    SimulatedDisk disk;
    auto tree = open_tree(disk);
    append_to(*tree, 140'000);
    for (const std::uint64_t size : {131'500u, 131'072u, 131'071u, 66'000u, 65'536u, 65'535u, 300u, 1u}) {
        CAPTURE(size);
        REQUIRE(tree->truncate(size));
        CHECK(is_right(*tree, nodes, size, random));
        append_to(*tree, size + 1000);
        CHECK(is_right(*tree, nodes, size + 1000, random));
    }
}

TEST_CASE("with read_only nothing is written, and everything is answered") {
    Random random;
    INFO(random.how_to_repeat());
    const auto nodes = node_table(3'000);
    SimulatedDisk disk;
    using Call = SimulatedDisk::Call;
    std::vector<Call> changes;
    disk.on_call([&](Call call, const std::string&) {
        if (call == Call::write || call == Call::truncate || call == Call::sync) changes.push_back(call);
    });
    auto tree = open_tree(disk, true);  // there is no file yet
    CHECK(tree->size() == 0);
    append_to(*tree, 1'500);
    CHECK(is_right(*tree, nodes, 1'500, random));
    CHECK(disk.files().empty());
    CHECK(changes.empty());

    append_to(*open_tree(disk), 1'100);
    const auto content = disk.content(kTreePath);
    changes.clear();
    tree = open_tree(disk, true);
    CHECK(tree->size() == 1'024);
    append_to(*tree, 3'000);
    CHECK(is_right(*tree, nodes, 3'000, random));
    REQUIRE(tree->truncate(2'100));
    CHECK(is_right(*tree, nodes, 2'100, random));
    append_to(*tree, 3'000);
    CHECK(is_right(*tree, nodes, 3'000, random));
    REQUIRE(tree->truncate(300));
    append_to(*tree, 3'000);
    REQUIRE(tree->sync());
    CHECK(is_right(*tree, nodes, 3'000, random));
    CHECK(changes.empty());
    CHECK(disk.content(kTreePath) == content);

    flip(disk, 32 + kTileBytes + 5, 3);
    tree = open_tree(disk, true);
    CHECK(tree->size() == 256);
    append_to(*tree, 3'000);
    CHECK(is_right(*tree, nodes, 3'000, random));
}

TEST_CASE("on the system's disk, too, and a huge file of nothing is no work") {
    Random random;
    INFO(random.how_to_repeat());
    const station::test::TemporaryFolder folder;
    const Path path = folder.path() / "ledger.tree";
    station::log::Disk& disk = station::log::posix_disk();
    const auto nodes = node_table(1'500);
    {
        const auto tree = TreeFile::open(disk, path, false);
        REQUIRE(tree);
        append_to(**tree, 1'000);
        REQUIRE((*tree)->sync());
    }
    auto tree = TreeFile::open(disk, path, false);
    REQUIRE(tree);
    CHECK((*tree)->size() == 768);
    append_to(**tree, 1'500);
    CHECK(is_right(**tree, nodes, 1'500, random));
    // A tebibyte; its header is right.
    std::filesystem::resize_file(path, std::uint64_t{1} << 40);
    CHECK((*TreeFile::open(disk, path, true))->size() == 0);
    tree = TreeFile::open(disk, path, false);
    REQUIRE(tree);
    CHECK((*tree)->size() == 0);
    append_to(**tree, 1'500);
    CHECK(is_right(**tree, nodes, 1'500, random));
    CHECK(std::filesystem::file_size(path) == 32 + 5 * kTileBytes);
    CHECK(TreeFile::open(disk, folder.path() / "no such folder" / "tree", false).error().where.ends_with("tree"));
    CHECK_FALSE(TreeFile::open(disk, folder.path(), false));
}

TEST_CASE("readers beside one who appends are told what is right") {
    constexpr std::uint64_t kSize = 70'000;
    const auto nodes = node_table(kSize);
    SimulatedDisk disk;
    const auto tree = open_tree(disk);
    append_to(*tree, 64'000);
    std::atomic<bool> all = true;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&, i] {
            for (std::uint64_t size = 0, step = 0; size < kSize; ++step) {
                size = tree->size();
                const std::uint64_t index = (step * 7'919 + static_cast<std::uint64_t>(i)) % size;
                const bool right = tree->root(size) == merkle::root(size, nodes) &&
                                   tree->inclusion(index, size) == merkle::inclusion_path(index, size, nodes);
                if (!right) all = false;
            }
        });
    }
    const Hashes hashes = event_hashes(kSize - 64'000, 64'000);
    for (std::size_t i = 0; i < hashes.size(); i += 40) {
        if (!tree->append(std::span{hashes}.subspan(i, std::min<std::size_t>(40, hashes.size() - i)))) all = false;
    }
    for (std::thread& reader : readers) reader.join();
    CHECK(all);
}
