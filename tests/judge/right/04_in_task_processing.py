right("find-and-insert", edits=[
    ("""        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
""", """        const auto it = balances_.find(event.user);
        std::int64_t before = 0;
        if (it != balances_.end()) before = it->second;
        std::forward<Work>(work)();
        const std::optional<std::int64_t> after = changed(before, event.change());
        if (after.has_value()) balances_.insert_or_assign(event.user, after.value());
        return after;
"""),
])

right("ordered-map-and-builtin", edits=[
    ("#include <station/state/change.hpp>\n",
     "#include <map>\n#include <optional>\n#include <station/state/change.hpp>\n"),
    ("""        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
""", """        auto& balance = balances_.try_emplace(event.user, 0).first->second;
        std::int64_t sum;
        const bool overflows = __builtin_add_overflow(balance, event.change(), &sum);
        work();
        if (overflows) return {};
        return balance = sum;
"""),
    ("    UserMap<std::int64_t> balances_;\n", "    std::map<std::string, std::int64_t> balances_;\n"),
])

right("limits-by-hand", edits=[
    ("#include <station/state/change.hpp>\n", "#include <limits>\n#include <station/state/change.hpp>\n"),
    ("""        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
""", """        const std::int64_t change = event.change();
        using Limits = std::numeric_limits<std::int64_t>;
        const bool fits = change >= 0 ? balance <= Limits::max() - change : balance >= Limits::min() - change;
        const std::int64_t before = balance;
        work();
        if (!fits) return std::nullopt;
        balance = before + change;
        return balance;
"""),
])

right("answered-in-two-branches", edits=[
    ("""        balance ? counters.processed() : counters.dropped();
        return balance ? wire::ok(*balance) : wire::error_balance_overflow();
""", """        if (!balance.has_value()) {
            counters.dropped();
            return wire::error_balance_overflow();
        }
        counters.processed();
        return wire::ok(balance.value());
"""),
])

right("counted-in-front-of-the-answer", edits=[
    ("""        counters.received();
        const auto balance = balances.apply(*event, options.work);
        balance ? counters.processed() : counters.dropped();
        return balance ? wire::ok(*balance) : wire::error_balance_overflow();
""", """        const auto balance = balances.apply(event.value(), [&] {
            counters.received();
            options.work();
        });
        if (balance) {
            counters.processed();
        } else {
            counters.dropped();
        }
        const auto reply = balance ? wire::ok(*balance) : wire::error_balance_overflow();
        return reply;
"""),
])

# The text asks for the work of an event that is applied; of one that is refused it does not speak.
right("no-work-where-it-is-refused", edits=[("        work();\n", "        if (after) work();\n")])
