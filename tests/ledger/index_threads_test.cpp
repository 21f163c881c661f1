#include "index_support.hpp"

#include <atomic>
#include <thread>

namespace station::test {
namespace {

TEST_CASE("index: readers beside appends, checkpoints and merges never see an event vanish") {
    Random random;
    INFO(random.how_to_repeat());
    SimulatedDisk disk;
    IndexOn index{disk, 2};
    History history{random, HistoryShape{.entities = 20, .scopes = 3, .kinds = 3, .hidden = 0, .keyed = 1}};
    history.grow(6000);
    const auto entries = history.entries(0);
    std::atomic<bool> done{false};
    std::atomic<std::uint64_t> wrong{0};
    std::atomic<std::uint64_t> rounds{0};
    const auto read = [&](std::uint64_t step) {
        std::uint64_t at = step;
        while (!done.load()) {
            const Global end = index->end();
            if (end == 0) continue;
            const IndexEntry& entry = entries[(at += step) % end];
            const auto keyed = index->find_key(*entry.key);
            const auto range = index->find_id(entry.id);
            const auto head = index->entity(entry.entity);
            if (index->position(entry.global) != entry.position || index->previous(entry.global) != entry.previous)
                ++wrong;
            if (std::count(keyed.begin(), keyed.end(), entry.global) != 1) ++wrong;
            if (range.begin > entry.global || range.end <= entry.global || range.likely >= range.end) ++wrong;
            if (!head || head->last < entry.global) ++wrong;
            const auto all = index->select(Region::all(), 0, end, end);
            if (all.size() != end) ++wrong;
            const auto of_kind = index->select(Region::of_kind(entry.kind), entry.global, end, 1);
            const auto of_entity = index->select(Region::of_entity(entry.entity), entry.global, end, 1);
            if (of_kind != std::vector{entry.global} || of_entity != std::vector{entry.global}) ++wrong;
            ++rounds;
        }
    };
    std::thread one{read, 7919};
    std::thread two{read, 104729};
    for (std::size_t at = 0; at < entries.size(); at += 60) {
        index->append(std::span{entries}.subspan(at, 60));
        if (at % 180 == 0) REQUIRE_FALSE(index->checkpoint());
    }
    while (rounds.load() < 20) std::this_thread::yield();
    done = true;
    one.join();
    two.join();
    CHECK(wrong == 0);
    history.compare(*index);
}

}  // namespace
}  // namespace station::test
