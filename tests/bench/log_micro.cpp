// What the log's parts cost by themselves. Figures of one run compare; those of another day or machine do not.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <station/log/bus.hpp>
#include <station/log/detail/crc32c.hpp>
#include <station/log/detail/index.hpp>
#include <stdexcept>

namespace station::log {
namespace {

// Gone with this.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "station-micro-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    const Path& path() const { return path_; }

  private:
    Path path_;
};

Record record_of(const std::string& payload) {
    EventIdGenerator ids;
    Record record{ids.next(1'700'000'000'000'000'000), 1'700'000'000'000'000'000, 7, 0, as_bytes(payload), {}};
    return record;
}

void count(benchmark::State& state, std::size_t bytes_each, std::size_t items_each = 1) {
    const auto rounds = static_cast<std::size_t>(state.iterations());
    state.SetBytesProcessed(static_cast<std::int64_t>(rounds * bytes_each));
    state.SetItemsProcessed(static_cast<std::int64_t>(rounds * items_each));
}

std::size_t argument(const benchmark::State& state) { return static_cast<std::size_t>(state.range(0)); }

void encode(benchmark::State& state) {
    const std::string payload(argument(state), 'x');
    const Record record = record_of(payload);
    std::vector<std::byte> buffer(record.size());
    for (auto _ : state) {
        encode_record(record, buffer.data());
        benchmark::DoNotOptimize(buffer.data());
        benchmark::ClobberMemory();
    }
    count(state, record.size());
}
BENCHMARK(encode)->Arg(128)->Arg(1024);

void decode(benchmark::State& state) {
    const std::string payload(argument(state), 'x');
    std::vector<std::byte> buffer(record_of(payload).size());
    encode_record(record_of(payload), buffer.data());
    for (auto _ : state) {
        Record record;
        std::size_t needed = 0;
        if (decode_record(buffer, record, needed) != Decoded::ok) state.SkipWithError("not a record");
        benchmark::DoNotOptimize(record);
    }
    count(state, buffer.size());
}
BENCHMARK(decode)->Arg(128)->Arg(1024);

void crc(benchmark::State& state) {
    const std::vector<std::byte> bytes(argument(state), std::byte{'x'});
    for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
    count(state, bytes.size());
}
BENCHMARK(crc)->Arg(128)->Arg(1024)->Arg(65536);

void event_id(benchmark::State& state) {
    EventIdGenerator ids;
    std::int64_t now = 1'700'000'000'000'000'000;
    for (auto _ : state) benchmark::DoNotOptimize(ids.next(now += 500));
    count(state, EventId::kSize);
}
BENCHMARK(event_id);

// In the index of a full segment of 256 MiB.
void index_look_up(benchmark::State& state) {
    constexpr std::uint64_t kSegment = std::uint64_t{256} << 20;
    constexpr std::uint64_t kStride = std::uint64_t{16} << 10;
    SparseIndex index;
    EventIdGenerator ids;
    Record record;
    std::vector<EventId> known;
    for (std::uint64_t at = kSegmentHeaderSize; at < kSegment; at += kStride) {
        record.offset = at;
        record.time = static_cast<std::int64_t>(at) * 1000;
        record.id = ids.next(record.time);
        known.push_back(record.id);
        index.add(at, 0, record, kStride);
    }
    Target target;
    target.by = static_cast<Target::By>(argument(state));
    for (auto _ : state) {
        // Steps that are no multiple of anything, so that no branch is learnt.
        target.offset = (target.offset + 48'271'009) % kSegment;
        target.time = static_cast<std::int64_t>(target.offset) * 1000;
        target.id = known[target.offset % known.size()];
        benchmark::DoNotOptimize(index.floor(target, 0, ~std::uint64_t{0}));
    }
    count(state, sizeof(IndexEntry));
}
BENCHMARK(index_look_up)->ArgName("by")->DenseRange(0, 2);

void cursor_scan(benchmark::State& state) {
    constexpr std::size_t kEvents = 200'000;
    const TemporaryFolder folder;
    auto bus = Bus::open({.dir = folder.path(), .durability = Durability::os()}).value();
    auto topic = bus.topic("t").value();
    const std::string payload(argument(state), 'x');
    const std::vector<Message> messages(1000, Message{as_bytes(payload)});
    for (std::size_t i = 0; i < kEvents; i += messages.size()) topic.publish_batch(messages).value();
    for (auto _ : state) {
        auto cursor = topic.subscribe(StartFrom::beginning());
        std::size_t seen = 0;
        while (seen < kEvents) seen += cursor.next_batch().value().size();
        benchmark::DoNotOptimize(seen);
    }
    count(state, kEvents * record_size(payload.size(), 0), kEvents);
}
BENCHMARK(cursor_scan)->Arg(128)->Arg(1024)->Unit(benchmark::kMillisecond);

// Without a disk's wait: so many events of 128 bytes at once.
void publish_os(benchmark::State& state) {
    const TemporaryFolder folder;
    auto bus = Bus::open({.dir = folder.path(), .durability = Durability::os()}).value();
    auto topic = bus.topic("t").value();
    const std::string payload(128, 'x');
    const std::vector<Message> messages(argument(state), Message{as_bytes(payload)});
    for (auto _ : state) topic.publish_batch(messages).value();
    count(state, messages.size() * record_size(payload.size(), 0), messages.size());
}
BENCHMARK(publish_os)->ArgName("batch")->Arg(1)->Arg(1000)->UseRealTime();

}  // namespace
}  // namespace station::log

BENCHMARK_MAIN();
