right("notified-by-the-last", edits=[
    ("""            const std::lock_guard lock{mutex_};
            --running_;
            returned_.notify_all();
""", """            std::unique_lock<std::mutex> lock(mutex_);
            running_ -= 1;
            if (running_ != 0) return;
            lock.unlock();
            returned_.notify_one();
"""),
    ("    threads_.reserve(workers);\n    for (std::size_t i = 0; i < workers; ++i) {\n",
     "    while (threads_.size() < workers) {\n"),
])

right("member-function-and-guard", edits=[
    ("""        threads_.emplace_back([this] {
            run_();
            const std::lock_guard lock{mutex_};
            --running_;
            returned_.notify_all();
        });
""", """        std::jthread worker([this, body = run_] {
            body();
            std::scoped_lock guard(mutex_);
            running_--;
            returned_.notify_all();
        });
        threads_.push_back(std::move(worker));
"""),
    ("""        std::atomic<std::int64_t>& balance = find(event.user);
        const auto after = changed(balance.load(std::memory_order_relaxed), event.change());
        work();
        if (after) balance.store(*after, std::memory_order_relaxed);
        return after;
""", """        std::unique_lock lock(mutex_);
        auto& balance = balances_[event.user];
        lock.unlock();
        const std::int64_t before = balance;
        work();
        const auto after = changed(before, event.change());
        if (!after) return std::nullopt;
        balance = *after;
        return after;
"""),
    ("""    // The map's nodes stay where they are, so the reference outlives the lock.
    std::atomic<std::int64_t>& find(const std::string& user) {
        const std::lock_guard lock{mutex_};
        return balances_[user];
    }

""", ""),
])

right("ordered-map-of-pointers", edits=[
    ("#include <atomic>\n#include <mutex>\n",
     "#include <atomic>\n#include <map>\n#include <memory>\n#include <mutex>\n"),
    ("return found == balances_.end() ? 0 : found->second.load(std::memory_order_relaxed);",
     "return found == balances_.end() ? 0 : found->second->load();"),
    ("        return balances_[user];\n", """        auto& place = balances_[user];
        if (!place) place = std::make_shared<std::atomic<std::int64_t>>(0);
        return *place;
"""),
    ("    UserMap<std::atomic<std::int64_t>> balances_;\n",
     "    std::map<std::string, std::shared_ptr<std::atomic<std::int64_t>>, std::less<>> balances_;\n"),
])

# The text asks for the work of an event that is applied; of one that is refused it does not speak.
right("no-work-where-it-is-refused", edits=[
    ("        work();\n        if (after) balance", "        if (after) work();\n        if (after) balance"),
])
