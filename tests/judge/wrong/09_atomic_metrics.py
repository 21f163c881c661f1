ADDS = """    void received() { received_.fetch_add(1, std::memory_order_relaxed); }
    void processed() { processed_.fetch_add(1, std::memory_order_release); }
    void dropped() { dropped_.fetch_add(1, std::memory_order_release); }
"""
SNAPSHOT = """        Counts counts;
        counts.processed = processed_.load(std::memory_order_acquire);
        counts.dropped = dropped_.load(std::memory_order_acquire);
        counts.received = received_.load(std::memory_order_relaxed);
        return counts;
"""
PLAIN = """        Counts counts;
        counts.processed = processed_;
        counts.dropped = dropped_;
        counts.received = received_;
        return counts;
"""
LINE = "    static constexpr std::size_t kCacheLine = 64;\n"
LOCKED = """    void received() { add(received_); }
    void processed() { add(processed_); }
    void dropped() { add(dropped_); }
"""

# What passed once.
wrong("a-mutex", requirement="no-lock", cause="the locks that received() takes", why="a mutex",
      edits=[(ADDS, LOCKED), (SNAPSHOT, "        const std::lock_guard lock{mutex_};\n" + SNAPSHOT),
             (LINE, LINE + """    void add(std::atomic<std::uint64_t>& counter) {
        const std::lock_guard lock{mutex_};
        ++counter;
    }

    mutable std::mutex mutex_;
""")])

# The zoo's.
wrong("counts-overwritten", requirement="nothing-is-lost", cause="a count is lost",
      why="processed is counted with a load and a store",
      edits=[("processed_.fetch_add(1, std::memory_order_release);",
              "processed_.store(processed_.load(std::memory_order_relaxed) + 1, std::memory_order_release);")])
wrong("counted-in-bulk", requirement="nothing-is-lost", cause="came      0 received",
      why="received is counted 64 events at a time",
      edits=[("received_.fetch_add(1, std::memory_order_relaxed);", """
        thread_local std::uint64_t mine = 0;
        if (++mine % 64 == 0) received_.fetch_add(64, std::memory_order_relaxed);
   """)])
wrong("counting-makes-wait", requirement="no-lock", cause="the locks that processed() takes",
      why="an event is counted under a lock that is held for 0.5 ms",
      edits=[("processed_.fetch_add(1, std::memory_order_release);", """
        const std::lock_guard lock{mutex_};
        std::this_thread::sleep_for(std::chrono::microseconds{500});
        processed_.fetch_add(1, std::memory_order_release);
   """), (LINE, LINE + "    mutable std::mutex mutex_;\n"),
             ("#include <string>\n", "#include <string>\n#include <thread>\n")])

# And more of the kind.
wrong("a-spin-lock", requirement="no-lock", cause="while another thread is in the midst of received()",
      why="a lock by hand",
      edits=[(ADDS, LOCKED),
             (SNAPSHOT, "        while (flag_.test_and_set(std::memory_order_acquire)) {\n        }\n" +
              SNAPSHOT.replace("        return", "        flag_.clear(std::memory_order_release);\n        return")),
             (LINE, LINE + """    void add(std::atomic<std::uint64_t>& counter) {
        while (flag_.test_and_set(std::memory_order_acquire)) {
        }
        counter.store(counter.load() + 1);
        flag_.clear(std::memory_order_release);
    }

    mutable std::atomic_flag flag_;
""")])
wrong("a-shared-mutex", requirement="no-lock", cause="the locks that received() takes",
      why="who counts shares a lock that a snapshot takes alone",
      edits=[(ADDS, LOCKED), (SNAPSHOT, "        const std::unique_lock lock{mutex_};\n" + SNAPSHOT),
             ("#include <mutex>\n", "#include <mutex>\n#include <shared_mutex>\n"),
             (LINE, LINE + """    void add(std::atomic<std::uint64_t>& counter) {
        const std::shared_lock lock{mutex_};
        ++counter;
    }

    mutable std::shared_mutex mutex_;
""")])
wrong("plain-numbers", requirement="nothing-is-lost", cause="nothing orders the two",
      why="plain numbers, without any care",
      edits=[(ADDS, """    void received() { ++received_; }
    void processed() { ++processed_; }
    void dropped() { ++dropped_; }
"""), (SNAPSHOT, PLAIN),
             ("    alignas(kCacheLine) std::atomic<std::uint64_t> received_{0};\n",
              "    std::uint64_t received_ = 0;\n"),
             ("    alignas(kCacheLine) std::atomic<std::uint64_t> processed_{0};\n",
              "    std::uint64_t processed_ = 0;\n"),
             ("    alignas(kCacheLine) std::atomic<std::uint64_t> dropped_{0};\n",
              "    std::uint64_t dropped_ = 0;\n")])
wrong("volatile", requirement="nothing-is-lost", cause="nothing orders the two", why="volatile, which is no atomic",
      edits=[(ADDS, """    void received() { received_ = received_ + 1; }
    void processed() { processed_ = processed_ + 1; }
    void dropped() { dropped_ = dropped_ + 1; }
"""), (SNAPSHOT, PLAIN),
             ("    alignas(kCacheLine) std::atomic<std::uint64_t> received_{0};\n",
              "    volatile std::uint64_t received_ = 0;\n"),
             ("    alignas(kCacheLine) std::atomic<std::uint64_t> processed_{0};\n",
              "    volatile std::uint64_t processed_ = 0;\n"),
             ("    alignas(kCacheLine) std::atomic<std::uint64_t> dropped_{0};\n",
              "    volatile std::uint64_t dropped_ = 0;\n")])
wrong("received-read-first", requirement="never-ahead", cause="no more finished than received",
      why="received is read first",
      edits=[(SNAPSHOT, """        Counts counts;
        counts.received = received_.load(std::memory_order_acquire);
        counts.processed = processed_.load(std::memory_order_acquire);
        counts.dropped = dropped_.load(std::memory_order_acquire);
        return counts;
""")])
wrong("received-read-in-between", requirement="never-ahead", cause="no more finished than received",
      why="dropped is read last",
      edits=[(SNAPSHOT, """        Counts counts;
        counts.processed = processed_.load(std::memory_order_acquire);
        counts.received = received_.load(std::memory_order_acquire);
        counts.dropped = dropped_.load(std::memory_order_acquire);
        return counts;
""")])
wrong("all-relaxed", requirement="never-ahead", cause="reads an old value of received_", why="every order is relaxed",
      edits=[("processed_.fetch_add(1, std::memory_order_release);",
              "processed_.fetch_add(1, std::memory_order_relaxed);"),
             ("dropped_.fetch_add(1, std::memory_order_release);", "dropped_.fetch_add(1, std::memory_order_relaxed);"),
             ("processed_.load(std::memory_order_acquire);", "processed_.load(std::memory_order_relaxed);"),
             ("dropped_.load(std::memory_order_acquire);", "dropped_.load(std::memory_order_relaxed);")])
wrong("read-relaxed", requirement="never-ahead", cause="reads an old value of received_",
      why="the ends are read with a relaxed order",
      edits=[("processed_.load(std::memory_order_acquire);", "processed_.load(std::memory_order_relaxed);"),
             ("dropped_.load(std::memory_order_acquire);", "dropped_.load(std::memory_order_relaxed);")])
wrong("of-each-thread", requirement="nothing-is-lost", cause="1 received, 0 processed, 0 dropped",
      why="each thread sees its own counts only",
      edits=[(ADDS, """    void received() { ++mine().received; }
    void processed() { ++mine().processed; }
    void dropped() { ++mine().dropped; }
"""), (SNAPSHOT, "        return mine();\n"), (LINE, LINE + """    static Counts& mine() {
        thread_local Counts counts;
        return counts;
    }
""")])
wrong("dropped-counts-as-processed", requirement="nothing-is-lost", cause="3 received, 3 processed, 0 dropped",
      why="what is dropped is counted as processed",
      edits=[("    void dropped() { dropped_.fetch_add", "    void dropped() { processed_.fetch_add")])
wrong("received-made-up", requirement="nothing-is-lost", cause="came      0 received",
      why="received is made up from the other two",
      edits=[("counts.received = received_.load(std::memory_order_relaxed);",
              "counts.received = counts.processed + counts.dropped;")])
