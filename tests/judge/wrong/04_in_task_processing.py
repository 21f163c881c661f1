APPLY = """        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
"""
HANDLER = """        counters.received();
        const auto balance = balances.apply(*event, options.work);
        balance ? counters.processed() : counters.dropped();
        return balance ? wire::ok(*balance) : wire::error_balance_overflow();
"""

# What passed once.
wrong("overflow-wraps", requirement="overflow", caught="step04.overflow", why="where the sum overflows, it wraps",
      edits=[(APPLY, """        std::int64_t& balance = balances_[event.user];
        const auto sum = static_cast<std::uint64_t>(balance) + static_cast<std::uint64_t>(event.change());
        work();
        balance = static_cast<std::int64_t>(sum);
        return balance;
""")])
wrong("nothing-counted", requirement="counted", caught="step04.counted", why="nothing is counted",
      edits=[("        counters.received();\n", ""),
             ("        balance ? counters.processed() : counters.dropped();\n", "")])
wrong("no-work", requirement="read-work-write", caught="step04.read-work-write", why="the work is never done",
      edits=[("        work();\n", "")])

# And more of the kind.
wrong("work-in-front", requirement="read-work-write", why="the work is done before the balance is read",
      edits=[(APPLY, "        work();\n" + APPLY.replace("        work();\n", ""))])
wrong("work-behind", requirement="read-work-write", why="the work is done when the balance has been written",
      edits=[("        work();\n        if (after) balance = *after;\n",
              "        if (after) balance = *after;\n        work();\n")])
wrong("work-twice", requirement="read-work-write", why="the work is done twice",
      edits=[("        work();\n", "        work();\n        work();\n")])
wrong("overflow-takes-the-largest", requirement="overflow", caught="step04.overflow",
      why="where the sum overflows, the largest number is taken",
      edits=[("        if (after) balance = *after;\n", "        balance = after.value_or(INT64_MAX);\n")])
wrong("overflow-is-zero", requirement="overflow", caught="step04.overflow",
      why="where the sum overflows, the balance becomes 0",
      edits=[("        if (after) balance = *after;\n", "        balance = after.value_or(0);\n")])
wrong("one-balance-for-all", requirement="balances", why="all users have one balance",
      edits=[("balances_[event.user]", "balances_[std::string{}]")])
wrong("a-copy-is-changed", requirement="balances", why="a copy of the balance is changed",
      edits=[("std::int64_t& balance =", "std::int64_t balance =")])
wrong("sellers-buy", requirement="balances", why="what is sold is added", edits=[("event.change()", "event.amount")])
wrong("old-balance-returned", requirement="balances", why="the balance that was read is returned",
      edits=[("        if (after) balance = *after;\n        return after;\n",
              "        if (after) return std::exchange(balance, *after);\n        return after;\n")])
wrong("dropped-too", requirement="counted", caught="step04.counted", why="what was refused is counted as processed",
      edits=[("balance ? counters.processed() : counters.dropped();", "counters.processed();")])
wrong("received-twice", requirement="counted", caught="step04.counted", why="an event is received twice",
      edits=[("        counters.received();\n", "        counters.received();\n        counters.received();\n")])
wrong("processed-and-dropped", requirement="counted", caught="step04.counted", why="each event is dropped, too",
      edits=[("        counters.received();\n", "        counters.received();\n        counters.dropped();\n")])
wrong("always-ok", requirement="answered", caught="step04.overflow", why="what was refused is told a balance of 0",
      edits=[("balance ? wire::ok(*balance) : wire::error_balance_overflow()", "wire::ok(balance.value_or(0))")])
wrong("answered-without-the-balance", requirement="answered", caught="balance-buy", why="the balance is not told",
      edits=[("balance ? wire::ok(*balance)", "balance ? wire::ok()")])
