LOCKED = """        const std::lock_guard lock{mutex_};
        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
"""
READER = """        const std::lock_guard lock{mutex_};
        const auto found = balances_.find(user);
"""

# What passed once.
wrong("work-before-the-lock", requirement="no-update-is-lost", cause="it waits until the work is done",
      why="the work is done before the lock is taken",
      edits=[(LOCKED, """        work();
        const std::lock_guard lock{mutex_};
        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        if (after) balance = *after;
        return after;
""")])
wrong("no-work", requirement="work-in-between", cause="came      0",
      why="the work is never done", edits=[("        work();\n", "")])

# The zoo's.
wrong("lock-let-go-between", requirement="no-update-is-lost", cause="it waits until the work is done",
      why="the lock is let go between reading and writing",
      edits=[(LOCKED, """        std::unique_lock lock{mutex_};
        const std::int64_t before = balances_[event.user];
        lock.unlock();
        const auto after = changed(before, event.change());
        work();
        lock.lock();
        if (after) balances_[event.user] = *after;
        return after;
""")])

# And more of the kind.
wrong("reader-without-the-lock", requirement="readers", cause="nothing orders the two",
      why="balance() does not take the lock",
      edits=[(READER, "        const auto found = balances_.find(user);\n")])
wrong("reader-lets-go-too-soon", requirement="readers", cause="nothing orders the two",
      why="balance() lets the lock go before it reads",
      edits=[(READER, """        std::unique_lock lock{mutex_};
        const auto found = balances_.find(user);
        lock.unlock();
""")])
wrong("lock-without-a-name", requirement="no-update-is-lost", cause="it waits until the work is done",
      why="a lock without a name is gone at the semicolon",
      edits=[("        const std::lock_guard lock{mutex_};\n        std::int64_t& balance",
              "        static_cast<void>(std::lock_guard{mutex_});\n        std::int64_t& balance")])
wrong("a-mutex-for-each-call", requirement="no-update-is-lost", cause="it waits until the work is done",
      why="each call has a mutex of its own",
      edits=[("        const std::lock_guard lock{mutex_};\n        std::int64_t& balance",
              "        std::mutex mutex;\n        const std::lock_guard lock{mutex};\n        std::int64_t& balance")])
wrong("another-mutex-for-readers", requirement="readers", cause="locks readers_",
      why="readers lock another mutex",
      edits=[(READER, "        const std::lock_guard lock{readers_};\n"
                      "        const auto found = balances_.find(user);\n"),
             ("    mutable std::mutex mutex_;\n",
              "    mutable std::mutex mutex_;\n    mutable std::mutex readers_;\n")])
wrong("writers-share", requirement="no-update-is-lost", cause="it waits until the work is done",
      why="writers take a shared lock",
      edits=[("#include <mutex>\n", "#include <mutex>\n#include <shared_mutex>\n"),
             ("        const std::lock_guard lock{mutex_};\n        std::int64_t& balance",
              "        const std::shared_lock lock{mutex_};\n        std::int64_t& balance"),
             ("    mutable std::mutex mutex_;\n", "    mutable std::shared_mutex mutex_;\n")])
wrong("work-behind-the-write", requirement="work-in-between", cause="it is there while work() runs",
      why="the work is done when the balance has been written",
      edits=[("        work();\n        if (after) balance = *after;\n",
              "        if (after) balance = *after;\n        work();\n")])
wrong("work-outside-of-the-lock", requirement="no-update-is-lost", cause="it waits until the work is done",
      why="the lock is opened for the work",
      edits=[(LOCKED, LOCKED.replace("const std::lock_guard lock", "std::unique_lock lock").replace(
          "        work();\n", "        lock.unlock();\n        work();\n        lock.lock();\n"))])
wrong("work-twice", requirement="work-in-between", cause="came      2",
      why="the work is done twice",
      edits=[("        work();\n", "        work();\n        work();\n")])
wrong("overflow-wraps", requirement="balances", cause="balances.apply(buy(kMax), no_work)",
      why="where the sum overflows, it wraps",
      edits=[("        if (after) balance = *after;\n        return after;\n", """        if (after) balance = *after;
        if (!after) balance = 0;
        return after;
""")])
wrong("a-copy-is-changed", requirement="balances", cause="balances.apply(buy(10), no_work)",
      why="a copy of the balance is changed",
      edits=[("        std::int64_t& balance = balances_[event.user];\n",
              "        std::int64_t balance = balances_[event.user];\n")])
wrong("sellers-buy", requirement="balances", cause="balances.apply(sell(30), no_work)", why="what is sold is added",
      edits=[("changed(balance, event.change())", "changed(balance, event.amount)")])
wrong("try-lock", requirement="no-update-is-lost", cause="it waits until the work is done",
      why="where the lock is taken, it goes on without it",
      edits=[("        const std::lock_guard lock{mutex_};\n        std::int64_t& balance",
              "        const std::unique_lock lock{mutex_, std::try_to_lock};\n        std::int64_t& balance")])
wrong("locked-twice", requirement="balances", cause="it never did",
      why="apply calls balance() with the lock held: it waits for itself",
      edits=[("changed(balance, event.change())", "changed(this->balance(event.user), event.change())")])
