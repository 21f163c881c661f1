right("sequentially-consistent", edits=[
    ("received_.fetch_add(1, std::memory_order_relaxed);", "++received_;"),
    ("processed_.fetch_add(1, std::memory_order_release);", "++processed_;"),
    ("dropped_.fetch_add(1, std::memory_order_release);", "++dropped_;"),
    ("processed_.load(std::memory_order_acquire);", "processed_;"),
    ("dropped_.load(std::memory_order_acquire);", "dropped_;"),
    ("received_.load(std::memory_order_relaxed);", "received_;"),
])

right("dropped-first-and-acq-rel", edits=[
    ("received_.fetch_add(1, std::memory_order_relaxed);", "received_.fetch_add(1, std::memory_order_acq_rel);"),
    ("processed_.fetch_add(1, std::memory_order_release);", "processed_.fetch_add(1, std::memory_order_acq_rel);"),
    ("""        Counts counts;
        counts.processed = processed_.load(std::memory_order_acquire);
        counts.dropped = dropped_.load(std::memory_order_acquire);
        counts.received = received_.load(std::memory_order_relaxed);
        return counts;
""", """        const auto dropped = dropped_.load(std::memory_order_acquire);
        const auto processed = processed_.load(std::memory_order_acquire);
        const auto received = received_.load(std::memory_order_acquire);
        return {received, processed, dropped};
"""),
])

right("counters-of-each-thread", edits=[
    ("""    void received() { received_.fetch_add(1, std::memory_order_relaxed); }
    void processed() { processed_.fetch_add(1, std::memory_order_release); }
    void dropped() { dropped_.fetch_add(1, std::memory_order_release); }
""", """    void received() { mine().received.fetch_add(1, std::memory_order_relaxed); }
    void processed() { mine().processed.fetch_add(1, std::memory_order_release); }
    void dropped() { mine().dropped.fetch_add(1, std::memory_order_release); }
"""),
    ("""        counts.processed = processed_.load(std::memory_order_acquire);
        counts.dropped = dropped_.load(std::memory_order_acquire);
        counts.received = received_.load(std::memory_order_relaxed);
""", """        for (const Slot& slot : slots_) {
            counts.processed += slot.processed.load(std::memory_order_acquire);
            counts.dropped += slot.dropped.load(std::memory_order_acquire);
        }
        for (const Slot& slot : slots_) counts.received += slot.received.load(std::memory_order_relaxed);
"""),
    ("""    static constexpr std::size_t kCacheLine = 64;

    alignas(kCacheLine) std::atomic<std::uint64_t> received_{0};
    alignas(kCacheLine) std::atomic<std::uint64_t> processed_{0};
    alignas(kCacheLine) std::atomic<std::uint64_t> dropped_{0};
""", """    struct alignas(64) Slot {
        std::atomic<std::uint64_t> received{0};
        std::atomic<std::uint64_t> processed{0};
        std::atomic<std::uint64_t> dropped{0};
    };
    static constexpr std::size_t kSlots = 32;

    Slot& mine() { return slots_[std::hash<std::thread::id>{}(std::this_thread::get_id()) % kSlots]; }

    std::array<Slot, kSlots> slots_;
"""),
    ("#include <atomic>\n", "#include <array>\n#include <atomic>\n"),
    ("#include <string>\n", "#include <string>\n#include <thread>\n"),
])

right("compare-exchange", edits=[
    ("processed_.fetch_add(1, std::memory_order_release);", "add(processed_);"),
    ("dropped_.fetch_add(1, std::memory_order_release);", "add(dropped_);"),
    ("    static constexpr std::size_t kCacheLine = 64;\n", """    static constexpr std::size_t kCacheLine = 64;

    static void add(std::atomic<std::uint64_t>& counter) {
        std::uint64_t now = counter.load(std::memory_order_relaxed);
        while (!counter.compare_exchange_weak(now, now + 1, std::memory_order_release, std::memory_order_relaxed)) {
        }
    }
"""),
])
