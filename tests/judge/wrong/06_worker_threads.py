DONE = """            const std::lock_guard lock{mutex_};
            --running_;
            returned_.notify_all();
"""
FIND = """        std::atomic<std::int64_t>& balance = find(event.user);
"""
READ = """        const auto after = changed(balance.load(std::memory_order_relaxed), event.change());
        work();
        if (after) balance.store(*after, std::memory_order_relaxed);
        return after;
"""

# What passed once.
wrong("map-without-a-lock", requirement="map-is-guarded", cause="balances_, which worker",
      why="the user is found without the lock",
      edits=[(FIND, "        std::atomic<std::int64_t>& balance = balances_[event.user];\n")])
wrong("each-sets-it-to-zero", requirement="wait-until", cause="wait_until() with one of three workers inside run()",
      why="the first that returns says that all have",
      edits=[("            --running_;\n", "            running_ = 0;\n")])

# The zoo's.
wrong("one-worker-only", requirement="workers", cause="WorkerPool(2, run): threads inside run() at the same time",
      why="one worker does it all",
      edits=[("for (std::size_t i = 0; i < workers; ++i) {", "for (std::size_t i = 0; i < 1; ++i) {"),
             ("running_(workers)", "running_(workers > 0 ? 1 : 0)")])
wrong("lock-held-across-work", requirement="side-by-side", cause="it waits until the work is done",
      why="the map's lock is held while one works",
      edits=[(FIND, "        const std::lock_guard lock{mutex_};\n"
                    "        std::atomic<std::int64_t>& balance = balances_[event.user];\n")])

# And more of the kind.
wrong("workers-in-turn", requirement="workers", cause="WorkerPool(1, run)",
      why="each worker is waited for before the next one begins",
      edits=[("        threads_.emplace_back([this] {\n", "        threads_.emplace_back([this] {\n"),
             (DONE + "        });\n", DONE + "        });\n        threads_.back().join();\n")][1:])
wrong("one-too-few", requirement="workers", cause="WorkerPool(1, run): threads inside run() at the same time",
      why="one worker too few",
      edits=[("for (std::size_t i = 0; i < workers; ++i) {", "for (std::size_t i = 1; i < workers; ++i) {")])
wrong("run-twice", requirement="workers", cause="the calls of run() in WorkerPool(1, run)",
      why="each worker runs it twice",
      edits=[("            run_();\n", "            run_();\n            run_();\n")])
wrong("runs-under-the-lock", requirement="workers", cause="WorkerPool(2, run): threads inside run() at the same time",
      why="the pool's lock is held while a worker runs",
      edits=[("            run_();\n            const std::lock_guard lock{mutex_};\n",
              "            const std::lock_guard lock{mutex_};\n            run_();\n")])
wrong("counted-before-it-ran", requirement="wait-until", cause="wait_until() with three workers inside run()",
      why="a worker says that it has returned before it runs",
      edits=[("            run_();\n" + DONE, "            {\n" + DONE + "            }\n            run_();\n")])
wrong("counted-without-the-lock", requirement="wait-until", cause="running_, which",
      why="two workers count down without the lock",
      edits=[(DONE, "            --running_;\n            returned_.notify_all();\n")])
wrong("nobody-is-told", requirement="wait-until", cause="nobody wakes it",
      why="who waits is not told that the last one has returned",
      edits=[("            returned_.notify_all();\n", "")])
wrong("the-first-tells", requirement="wait-until", cause="nobody wakes it",
      why="only the first one to return wakes who waits",
      edits=[("            --running_;\n            returned_.notify_all();\n",
              "            if (running_ == 2) returned_.notify_all();\n            --running_;\n")])
wrong("work-in-front", requirement="read-work-write",
      cause="apply(buy 1), with a buy of 10 while it was at work, of 100",
      why="the work is done before the balance is read",
      edits=[(READ, """        work();
        const auto after = changed(balance.load(std::memory_order_relaxed), event.change());
        if (after) balance.store(*after, std::memory_order_relaxed);
        return after;
""")])
wrong("work-behind", requirement="read-work-write",
      cause="apply(buy 10) while another apply(buy 1) is at work, of 100",
      why="the work is done when the balance has been written",
      edits=[(READ, """        const auto after = changed(balance.load(std::memory_order_relaxed), event.change());
        if (after) balance.store(*after, std::memory_order_relaxed);
        work();
        return after;
""")])
wrong("no-work", requirement="read-work-write", cause="the calls of work() after 1 of apply()",
      why="the work is never done",
      edits=[("        work();\n", "")])
wrong("old-balance-returned", requirement="read-work-write", cause="balances.apply(buy(100), no_work)",
      why="the balance that was read is returned",
      edits=[("        if (after) balance.store(*after, std::memory_order_relaxed);\n        return after;\n",
              "        if (after) return balance.exchange(*after);\n        return after;\n")])
wrong("overflow-wraps", requirement="read-work-write", cause="balances.apply(buy(1), no_work)",
      why="where the sum overflows, it wraps",
      edits=[(READ, """\
        const auto sum = static_cast<std::uint64_t>(balance.load()) + static_cast<std::uint64_t>(event.change());
        work();
        balance.store(static_cast<std::int64_t>(sum));
        return static_cast<std::int64_t>(sum);
""")])
wrong("lock-for-the-balance-only", requirement="map-is-guarded", cause="balances_, which worker",
      why="the lock is taken when the user has been found",
      edits=[("        const std::lock_guard lock{mutex_};\n        return balances_[user];\n",
              "        auto& balance = balances_[user];\n        const std::lock_guard lock{mutex_};\n"
              "        return balance;\n")])
