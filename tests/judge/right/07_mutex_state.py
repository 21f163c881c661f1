right("unique-lock-and-find", edits=[
    ("""        const std::lock_guard lock{mutex_};
        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
""", """        std::unique_lock<std::mutex> lock(mutex_);
        auto it = balances_.find(event.user);
        const std::int64_t before = it == balances_.end() ? 0 : it->second;
        const auto after = changed(before, event.change());
        work();
        if (!after.has_value()) return std::nullopt;
        balances_[event.user] = after.value();
        lock.unlock();
        return after;
"""),
])

right("ordered-map-and-shared-mutex", edits=[
    ("#include <mutex>\n", "#include <map>\n#include <mutex>\n#include <shared_mutex>\n"),
    ("""        const std::lock_guard lock{mutex_};
        std::int64_t& balance = balances_[event.user];
""", """        std::scoped_lock lock(mutex_);
        auto& balance = balances_.try_emplace(event.user, 0).first->second;
"""),
    ("""        const std::lock_guard lock{mutex_};
        const auto found = balances_.find(user);
        return found == balances_.end() ? 0 : found->second;
""", """        std::shared_lock lock(mutex_);
        if (const auto it = balances_.find(user); it != balances_.cend()) return it->second;
        return 0;
"""),
    ("    mutable std::mutex mutex_;\n    UserMap<std::int64_t> balances_;\n",
     "    mutable std::shared_mutex mutex_;\n    std::map<std::string, std::int64_t, std::less<>> balances_;\n"),
])

right("lock-of-each-user", edits=[
    ("""        const std::lock_guard lock{mutex_};
        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
""", """        Account& account = find(event.user);
        const std::lock_guard lock{account.mutex};
        const auto after = changed(account.balance, event.change());
        work();
        if (after) account.balance = *after;
        return after;
"""),
    ("""        return found == balances_.end() ? 0 : found->second;
""", """        if (found == balances_.end()) return 0;
        const std::lock_guard own{found->second.mutex};
        return found->second.balance;
"""),
    ("""    mutable std::mutex mutex_;
    UserMap<std::int64_t> balances_;
""", """    struct Account {
        mutable std::mutex mutex;
        std::int64_t balance = 0;
    };

    Account& find(const std::string& user) {
        const std::lock_guard lock{mutex_};
        return balances_[user];
    }

    mutable std::mutex mutex_;
    UserMap<Account> balances_;
"""),
])

right("taken-by-try-lock", edits=[
    ("""        const std::lock_guard lock{mutex_};
        std::int64_t& balance = balances_[event.user];
""", """        while (!mutex_.try_lock_for(std::chrono::seconds{1})) {
        }
        const std::lock_guard lock{mutex_, std::adopt_lock};
        std::int64_t& balance = balances_[event.user];
"""),
    ("#include <mutex>\n", "#include <chrono>\n#include <mutex>\n"),
    ("    mutable std::mutex mutex_;\n", "    mutable std::timed_mutex mutex_;\n"),
])
