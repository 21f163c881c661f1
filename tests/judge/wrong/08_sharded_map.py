APPLY_LOCK = "        const std::unique_lock lock{shard.mutex};\n"
READ_LOCK = "        const std::shared_lock lock{shard.mutex};\n"
SHARD_OF = "return shards_[StringHash{}(user) % count_];"

# What passed once.
wrong("reader-without-the-lock", requirement="no-update-is-lost", cause="it returned 101",
      why="a reader does not take the lock",
      edits=[(READ_LOCK, "")])
wrong("readers-alone", requirement="readers-share", cause="read() while another reader looks",
      why="readers take the lock alone",
      edits=[(READ_LOCK, "        const std::unique_lock lock{shard.mutex};\n")])

# The zoo's.
wrong("one-lock-behind-shards", requirement="shards", cause="the locks for 200 users, users of all kinds, in 2 shards",
      why="all shards share one lock",
      edits=[(APPLY_LOCK, "        const std::unique_lock lock{mutex_};\n"),
             (READ_LOCK, "        const std::shared_lock lock{mutex_};\n"),
             ("    std::size_t count_;\n", "    mutable std::shared_mutex mutex_;\n    std::size_t count_;\n")])
wrong("hash-of-the-length", requirement="shards", cause="users of the same length",
      why="the shard is picked by the length of the user's name",
      edits=[(SHARD_OF, "return shards_[user.size() % count_];")])
wrong("readers-wait-for-all", requirement="shards", cause="read() of a user of another shard",
      why="a reader locks every shard in turn",
      edits=[(READ_LOCK, """\
        for (std::size_t i = 0; i < count_; ++i) const std::shared_lock all{shards_[i].mutex};
""" + READ_LOCK)])
wrong("lock-let-go-between", requirement="no-update-is-lost", cause="it waits until the work is done",
      why="a shard's lock is let go between reading and writing",
      edits=[("""        std::int64_t& balance = shard.balances[event.user];
        const auto after = changed(balance, event.change());
        work();
""", """        std::int64_t& balance = shard.balances[event.user];
        const auto after = changed(balance, event.change());
        lock.unlock();
        work();
        lock.lock();
"""), (APPLY_LOCK, "        std::unique_lock lock{shard.mutex};\n")])

# And more of the kind.
wrong("first-letter", requirement="shards", cause="users with the same beginning",
      why="the shard is picked by the first letter",
      edits=[(SHARD_OF, "return shards_[(user.empty() ? 0 : static_cast<unsigned char>(user[0])) % count_];")])
wrong("half-of-the-shards", requirement="shards", cause="the locks for 200 users, users of all kinds, in 2 shards",
      why="half of the shards are used",
      edits=[(SHARD_OF, "return shards_[StringHash{}(user) % ((count_ + 1) / 2)];")])
wrong("one-shard", requirement="shards", cause="the locks for 200 users, users of all kinds, in 2 shards",
      why="only one shard is used",
      edits=[(SHARD_OF, "return shards_[StringHash{}(user) & 0];")])
wrong("in-turn", requirement="same-shard", cause="the lock of a user's next update, and of the one before",
      why="the shards are taken in turn, whoever the user is",
      edits=[(SHARD_OF, "return shards_[next_++ % count_];"),
             ("    std::size_t count_;\n", "    mutable std::atomic<std::size_t> next_{0};\n    std::size_t count_;\n"),
             ("#include <cstddef>\n", "#include <atomic>\n#include <cstddef>\n")])
wrong("by-thread", requirement="same-shard", cause="the lock of a user's next update, and of the one before",
      why="each thread has a shard of its own",
      edits=[(SHARD_OF, "return shards_[(user.size() * 0 + "
                        "std::hash<std::thread::id>{}(std::this_thread::get_id())) % count_];"),
             ("#include <shared_mutex>\n", "#include <shared_mutex>\n#include <thread>\n")])
wrong("a-look-leaves-something", requirement="readers-share", cause="read() while another reader looks",
      why="a look at a user who is not there creates the user",
      edits=[("""        const Shard& shard = shard_of(user);
        const std::shared_lock lock{shard.mutex};
        const auto found = shard.balances.find(user);
        return look(found == shard.balances.end() ? std::int64_t{0} : found->second);
""", """        Shard& shard = shard_of(user);
        {
            const std::unique_lock lock{shard.mutex};
            shard.balances.try_emplace(std::string{user}, 0);
        }
        const std::shared_lock lock{shard.mutex};
        return look(shard.balances.find(user)->second);
""")])
wrong("inserts-under-the-readers-lock", requirement="readers-share",
      cause="the blocks of memory that a thousand looks left",
      why="a reader inserts, with the lock for reading",
      edits=[("        const Shard& shard = shard_of(user);\n", "        Shard& shard = shard_of(user);\n"),
             ("        const auto found = shard.balances.find(user);\n",
              "        const auto found = shard.balances.try_emplace(std::string{user}, 0).first;\n")])
wrong("writers-share", requirement="no-update-is-lost", cause="it waits until the work is done",
      why="writers take the lock for reading",
      edits=[(APPLY_LOCK, "        const std::shared_lock lock{shard.mutex};\n")])
wrong("looks-behind-the-lock", requirement="no-update-is-lost", cause="it returned 101",
      why="look() is called when the lock is let go",
      edits=[("        return look(found == shard.balances.end() ? std::int64_t{0} : found->second);\n",
              """        const std::int64_t balance = found == shard.balances.end() ? 0 : found->second;
        lock.unlock();
        return look(balance);
"""), (READ_LOCK, "        std::shared_lock lock{shard.mutex};\n")])
wrong("work-before-the-lock", requirement="no-update-is-lost", cause="it waits until the work is done",
      why="the work is done before the lock is taken",
      edits=[("        work();\n", ""), (APPLY_LOCK, "        work();\n" + APPLY_LOCK)])
wrong("work-behind-the-write", requirement="balances", cause="it is there while work() runs",
      why="the work is done when the balance has been written",
      edits=[("        work();\n        if (after) balance = *after;\n",
              "        if (after) balance = *after;\n        work();\n")])
wrong("counted-across-shards", requirement="same-shard", cause="events_, which worker",
      why="a counter that all shards share is changed on the way",
      edits=[("        std::int64_t& balance = shard.balances[event.user];\n",
              "        ++events_;\n        std::int64_t& balance = shard.balances[event.user];\n"),
             ("    std::size_t count_;\n", "    std::uint64_t events_ = 0;\n    std::size_t count_;\n")])
wrong("all-locks-for-an-update", requirement="shards", cause="the locks that apply() takes",
      why="an update locks every shard",
      edits=[(APPLY_LOCK, """        std::vector<std::unique_lock<std::shared_mutex>> locks;
        for (std::size_t i = 0; i < count_; ++i) locks.emplace_back(shards_[i].mutex);
"""), ("#include <station/wire/request.hpp>\n", "#include <station/wire/request.hpp>\n#include <vector>\n")])
wrong("overflow-forgets", requirement="balances", cause="balances.apply(buy(kMax), no_work)",
      why="where the sum overflows, the balance becomes 0",
      edits=[("        if (after) balance = *after;\n", "        balance = after.value_or(0);\n")])
