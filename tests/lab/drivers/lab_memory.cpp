// The n-th allocation of the log fails, for every n: nothing hangs, nothing acknowledged is lost, nothing is said to be
// damaged afterwards. Each n is a process of its own, since the log may only end it (std::terminate), never corrupt it.
//
//   lab_memory [--first N] [--count N] [--folder DIR] [--control]     three modes for each n, without and with threads
#include "check.hpp"
#include "digest.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <set>
#include <station/app/command_line.hpp>
#include <station/base/standard_streams.hpp>
#include <station/log/bus.hpp>
#include <thread>

namespace {

std::atomic<long> countdown{0};  // 0: nothing fails
thread_local int own_code = 0;   // allocations of this program, not of the log

bool fails() {
    if (own_code > 0 || countdown.load(std::memory_order_relaxed) <= 0) return false;
    const long left = countdown.fetch_sub(1);
    return left == 1;
}

void* allocate(std::size_t size) { return fails() ? nullptr : std::malloc(size > 0 ? size : 1); }

}  // namespace

void* operator new(std::size_t size) {
    if (void* const memory = allocate(size)) return memory;
    throw std::bad_alloc{};
}
void* operator new[](std::size_t size) { return ::operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace station::lab {
namespace {

constexpr int kEvents = 150;
constexpr unsigned kPatience = 20;  // seconds: only a hang takes that long

// What the child saw, in memory that outlives it.
struct Ledger {
    std::atomic<int> sent{0};
    std::array<std::atomic<bool>, std::size_t{2} * kEvents> acknowledged{};
    std::atomic<bool> struck{false};
};

class Allowed {
  public:
    Allowed() { ++own_code; }
    ~Allowed() { --own_code; }
    Allowed(const Allowed&) = delete;
    Allowed& operator=(const Allowed&) = delete;
};

// One of the lives of which an allocation fails.
struct Life {
    log::Path folder;
    log::Durability durability;
    std::size_t writer_threads;  // with one, who allocates first is not decided
    std::uint64_t seed;          // of times and ids
};

log::BusConfig config_of(const Life& life) {
    log::BusConfig config;
    config.dir = life.folder;
    config.durability = life.durability;
    config.segment_bytes = 4096;
    config.index_stride = 256;
    config.zero_ahead = 1024;
    config.writer_threads = life.writer_threads;
    config.clock = [time = 1'700'000'000'000'000'000]() mutable { return time += 1000; };
    config.entropy = std::mt19937_64{life.seed};
    config.logger = [](log::Severity, std::string_view) {};
    return config;
}

std::string payload_of(int number) { return "event " + std::to_string(number) + std::string(60, 'x'); }

void publish(log::Topic& topic, Ledger& ledger, int number) {
    std::string payload;
    {
        const Allowed own;
        payload = payload_of(number);
    }
    ledger.sent = number + 1;
    try {
        if (topic.publish(payload)) ledger.acknowledged[static_cast<std::size_t>(number)] = true;
    } catch (const std::bad_alloc&) {
    }
}

void read(log::Topic& topic) {
    try {
        auto cursor = topic.subscribe(log::StartFrom::beginning());
        while (const auto batch = cursor.poll()) {
            if (batch->empty()) break;
        }
    } catch (const std::bad_alloc&) {
    }
}

// A whole life of a bus, of which one allocation fails. Afterwards it is asked for more, which must not hang.
void live(const Life& life, Ledger& ledger, long nth) {
    ::alarm(kPatience);
    countdown = nth;
    try {
        auto bus = log::Bus::open(config_of(life));
        if (bus) {
            auto topic = bus->topic("t");
            for (int i = 0; topic && i < kEvents; ++i) {
                publish(*topic, ledger, i);
                if (i % 40 == 0) read(*topic);
            }
            ledger.struck = countdown <= 0;
            countdown = 0;
            if (topic) publish(*topic, ledger, kEvents);
            bus->shutdown();
        }
    } catch (const std::bad_alloc&) {
    }
    if (countdown <= 0) ledger.struck = true;
}

struct Result {
    bool struck = false;
    bool ended = false;  // by std::terminate
};

class Memory {
  public:
    // forgetful: the control, which looks at the log without its second event.
    Memory(Life life, bool forgetful) : life_(std::move(life)), forgetful_(forgetful) {}

    // Throws Broken.
    Result run(long nth) {
        std::filesystem::remove_all(life_.folder);
        void* const shared = ::mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        expect(shared != MAP_FAILED, "no memory to share");
        auto* const ledger = new (shared) Ledger;
        const pid_t child = ::fork();
        if (child == 0) {
            if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(3);
            live(life_, *ledger, nth);
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        expect(!(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM), "it hangs");
        const bool ended = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
        expect(ended || (WIFEXITED(status) && WEXITSTATUS(status) == 0), "it ends with status ", status);
        check(*ledger);
        const Result result{ended || ledger->struck, ended};
        ::munmap(shared, sizeof(Ledger));
        return result;
    }

  private:
    void check(const Ledger& ledger) const {
        auto bus = log::Bus::open(config_of(life_));
        expect(bus.has_value(), "the next start fails: ", bus ? "" : bus.error().message());
        auto topic = bus->topic("t");
        expect(topic.has_value() && topic->recovery().damage.empty(), "the next start finds damage");
        std::vector<std::string> found;
        auto cursor = topic->subscribe(log::StartFrom::beginning());
        while (const auto batch = cursor.poll()) {
            if (batch->empty()) break;
            for (const log::EventView& event : *batch) found.emplace_back(log::as_text(event.payload));
        }
        if (forgetful_ && found.size() > 1) found.erase(found.begin() + 1);
        auto next = found.begin();
        for (int i = 0; i < ledger.sent; ++i) {
            const bool there = next != found.end() && *next == payload_of(i);
            if (there) ++next;
            expect(there || !ledger.acknowledged[static_cast<std::size_t>(i)], "event ", i,
                   " was acknowledged and is not there");
        }
        expect(next == found.end(), "an event is there twice, or out of order");
        expect(topic->publish("goes on").has_value(), "the log does not go on");
    }

    const Life life_;
    const bool forgetful_;
};

void add_files(Digest& digest, const log::Path& folder) {
    std::set<log::Path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (entry.is_regular_file()) files.insert(entry.path());
    }
    for (const log::Path& file : files) {
        std::ifstream in{file, std::ios::binary};
        digest.add(file.lexically_relative(folder).string());
        digest.add(std::string{std::istreambuf_iterator<char>{in}, {}});
    }
}

int run(std::uint64_t first, std::uint64_t count, const log::Path& folder, bool control) {
    unsigned long long runs = 0, struck = 0, ended = 0, wrong = 0;
    Digest digest;
    constexpr log::Durability modes[] = {log::Durability::always(),
                                         log::Durability::batch(10, std::chrono::milliseconds{5}),
                                         log::Durability::os()};
    constexpr std::uint64_t kLives = 2 * std::size(modes);
    for (std::uint64_t i = 0; i < count; ++i, ++runs) {
        const std::uint64_t nth = first + i / kLives;
        const Life life{folder, modes[i % std::size(modes)], i % kLives / std::size(modes), nth};
        try {
            const Result result = Memory{life, control}.run(static_cast<long>(nth));
            if (life.writer_threads == 0) add_files(digest, folder);
            struck += result.struck ? 1 : 0;
            ended += result.ended ? 1 : 0;
        } catch (const std::exception& broken) {
            if (wrong++ < 5) {
                std::fprintf(stderr, "allocation %llu in mode %s, %zu threads: %s\n",
                             static_cast<unsigned long long>(nth), life.durability.to_text().c_str(),
                             life.writer_threads, broken.what());
            }
        }
    }
    std::printf("{\"runs\":%llu,\"struck\":%llu,\"ended_the_process\":%llu,\"wrong\":%llu,\"digest\":%s}\n", runs,
                struck, ended, wrong, digest_json(digest.value()).c_str());
    return wrong > 0 ? 1 : 0;
}

}  // namespace
}  // namespace station::lab

int main(int argc, char** argv) {
    station::base::open_standard_streams();
    station::app::CommandLine cli{"Lets the n-th allocation of the log fail."};
    std::uint64_t first = 1;
    std::uint64_t count = 300;
    std::string folder = "lab-memory";
    cli.add_option("--first", first, "the first n");
    cli.add_option("--count", count, "how many runs; six for each n");
    cli.add_option("--folder", folder, "where the log is made");
    bool control = false;
    cli.add_flag("--control", control, "look at a log that has lost an event");
    cli.parse_or_exit(argc, argv);
    return station::lab::run(first, count, folder, control);
}
