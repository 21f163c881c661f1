PUSH = """        const bool has_place = size_.fetch_add(1) < capacity_;
"""
REFUSED = """        size_.fetch_sub(1);
        return closed ? Push::closed : Push::full;
"""
TAKEN = """                size_.fetch_sub(1);
                return item;
"""
LAST = """        waiting_.signal();  // the other consumers must hear of the end, too
"""
FRONT = """        std::optional<T> item{std::move(items_.front())};
        items_.pop_front();
"""
SIZED = """        {
            const std::lock_guard lock{mutex_};
            if (closed_) return Push::closed;
            if (items_.size() >= capacity_) return Push::full;
"""

# What passed once.
wrong("size-before-lock", requirement="bound", cause="both producers got the one place", base="mutex-and-deque",
      why="the size is looked at before the lock is taken",
      edits=[(SIZED, """        {
            const std::lock_guard lock{mutex_};
            if (closed_) return Push::closed;
            if (items_.size() >= capacity_) return Push::full;
        }
        {
            const std::lock_guard lock{mutex_};
            if (closed_) return Push::closed;
""")])
wrong("no-signal-passed-on", requirement="close",
      cause="After close() consumers get what is queued, then nullopt, again and again",
      why="who hears of the end does not tell the other consumers",
      edits=[(LAST, "")])
wrong("last-in-first-out", requirement="in-order", cause="with 0, 1, 2, … pushed in this order",
      base="mutex-and-deque", why="last in, first out",
      edits=[(FRONT, """        std::optional<T> item{std::move(items_.back())};
        items_.pop_back();
""")])
wrong("size-before-place", requirement="bound", cause="both producers got the one place",
      why="the size is looked at, and counted later",
      edits=[(PUSH, """        const bool has_place = size_.load() < capacity_;
        size_.fetch_add(1);
""")])

# The zoo's.
wrong("unbounded-queue", requirement="bound", cause="try_push() with 1 of 1 queued", why="the queue has no bound",
      edits=[(PUSH, "        const bool has_place = size_.fetch_add(1) >= 0;\n")])
wrong("bound-off-by-a-factor", requirement="bound", cause="try_push() with 1 of 1 queued",
      why="the queue holds four times what it may",
      edits=[("capacity_(capacity) {}", "capacity_(4 * capacity) {}")])
wrong("busy-arrives-late", requirement="never-waits", cause="it slept before it said so",
      why="a refusal is thought over for 20 ms",
      edits=[(REFUSED, "        std::this_thread::sleep_for(std::chrono::milliseconds{20});\n" + REFUSED),
             ("#include <atomic>\n", "#include <atomic>\n#include <chrono>\n")])
wrong("lost-wake-up", requirement="wakes", cause="pop(), one of two asleep when two items were pushed",
      base="mutex-and-deque",
      why="only the first of several items wakes a consumer",
      edits=[("        news_.notify_one();\n        return Push::ok;", """        if (size() == 1) news_.notify_one();
        return Push::ok;""")])
wrong("dropped-after-accepted", requirement="each-once", cause="pop() with 200 queued",
      why="every third item is accepted and not queued",
      edits=[(PUSH, "        static std::atomic<int> pushes{0};\n"
                    "        if (++pushes % 3 == 0) return Push::ok;\n" + PUSH)])
wrong("processed-twice", requirement="each-once", cause="an item that has not come yet", base="mutex-and-deque",
      why="every third item is queued twice",
      edits=[("                items_.push_back(std::move(item));\n",
              """                if constexpr (std::is_copy_constructible_v<T>) {
                    if (++pushes_ % 3 == 0) items_.push_back(item);
                }
                items_.push_back(std::move(item));
"""), ("    bool closed_ = false;\n", "    int pushes_ = 0;\n    bool closed_ = false;\n")])
wrong("close-throws-away", requirement="close", cause="pop() with 2 queued", why="close() throws away what is queued",
      edits=[("""        closed_.store(true);
        waiting_.signal();
""", """        abandoned_.store(true);
        closed_.store(true);
        waiting_.signal();
""")])
wrong("accepts-when-closed", requirement="close", cause="some.try_push(9)", base="mutex-and-deque",
      why="after close() items are accepted and dropped",
      edits=[("            if (closed_) return Push::closed;\n", "            if (closed_) return Push::ok;\n")])
wrong("close-wakes-nobody", requirement="wakes", cause="pop(), one of three asleep when close() was called",
      base="mutex-and-deque", why="close() does not wake who sleeps",
      edits=[("""        closed_ = true;
        news_.notify_all();
    }

    void abandon""", """        closed_ = true;
    }

    void abandon""")])

# And more of the kind.
wrong("close-wakes-one", requirement="wakes", cause="pop(), one of three asleep when close() was called",
      base="mutex-and-deque", why="close() wakes one consumer of several",
      edits=[("""        closed_ = true;
        news_.notify_all();
    }

    void abandon""", """        closed_ = true;
        news_.notify_one();
    }

    void abandon""")])
wrong("one-too-many", requirement="bound", cause="try_push() with 1 of 1 queued", why="one item too many",
      edits=[("fetch_add(1) < capacity_", "fetch_add(1) <= capacity_")])
wrong("one-too-few", requirement="bound", cause="try_push(0)", why="one item too few",
      edits=[("fetch_add(1) < capacity_", "fetch_add(1) + 1 < capacity_")])
wrong("place-not-given-back", requirement="bound", cause="try_push() behind a pop()",
      why="a refusal keeps its place: the channel shrinks",
      edits=[(REFUSED, "        return closed ? Push::closed : Push::full;\n")])
wrong("place-not-freed", requirement="bound", cause="try_push() behind a pop()",
      why="what is taken out is counted as if it were still there",
      edits=[(TAKEN, "                return item;\n")])
wrong("waits-for-room", requirement="never-waits", cause="try_push() on a full channel", base="mutex-and-deque",
      why="try_push waits until there is room",
      edits=[(SIZED, """        {
            std::unique_lock lock{mutex_};
            if (closed_) return Push::closed;
            news_.wait(lock, [this] { return closed_ || items_.size() < capacity_; });
"""), (FRONT, FRONT + "        news_.notify_all();\n")])
wrong("spins-for-room", requirement="never-waits", cause="try_push() on a full channel",
      why="try_push tries again until there is room, or a thousand times",
      edits=[(PUSH, """        for (int i = 0; i < 100'000 && size_.load() >= capacity_; ++i) std::this_thread::yield();
""" + PUSH)])
wrong("looks-again-and-again", requirement="wakes", cause="pop(), asleep when an item was pushed",
      base="mutex-and-deque",
      why="who has nothing to do looks again and again",
      edits=[("        news_.wait(lock, [this] { return abandoned_ || closed_ || !items_.empty(); });\n",
              """        while (!abandoned_ && !closed_ && items_.empty()) {
            lock.unlock();
            lock.lock();
        }
""")])
wrong("sleeps-and-looks", requirement="wakes", cause="pop(), asleep when an item was pushed", base="mutex-and-deque",
      why="who has nothing to do looks every millisecond",
      edits=[("        news_.wait(lock, [this] { return abandoned_ || closed_ || !items_.empty(); });\n",
              """        while (!abandoned_ && !closed_ && items_.empty()) {
            news_.wait_for(lock, std::chrono::microseconds{50});
        }
"""), ("#include <atomic>\n", "#include <atomic>\n#include <chrono>\n")])
wrong("condition-without-a-loop", requirement="wakes", cause="the consumer did not get the item that was pushed",
      base="mutex-and-deque",
      why="who is woken does not look again: two are woken for one item, and one takes what is not there",
      edits=[("        news_.wait(lock, [this] { return abandoned_ || closed_ || !items_.empty(); });\n",
              "        if (!abandoned_ && !closed_ && items_.empty()) news_.wait(lock);\n"),
             ("        news_.notify_one();\n        return Push::ok;",
              "        news_.notify_all();\n        return Push::ok;")])
wrong("flag-without-the-lock", requirement="close",
      cause="closed_, which producer 1 writes, and nothing orders the two", base="mutex-and-deque",
      why="close() sets a plain flag without the lock",
      edits=[("""    void close() {
        const std::lock_guard lock{mutex_};
""", "    void close() {\n")])
wrong("empty-is-the-end", requirement="wakes", cause="one item was lost, or came twice",
      why="a consumer that finds nothing, finds the end",
      edits=[("            if (closed_.load() && size_.load() == 0) break;\n            std::this_thread::yield();\n",
              "            break;\n")])
wrong("end-before-the-last-item", requirement="each-once", cause="an item that was taken never came out",
      why="the end comes while a producer, who has its place, still puts its item in",
      edits=[("if (closed_.load() && size_.load() == 0) break;", "if (closed_.load()) break;")])
wrong("abandon-gives-the-rest", requirement="abandon",
      cause="After abandon() there is nullopt only, whatever is queued",
      why="after abandon() consumers still get what is queued",
      edits=[("while (!abandoned_.load()) {", "while (true) {")])
wrong("exception-without-memory", requirement="no-memory", cause="an exception: std::bad_alloc", base="mutex-and-deque",
      why="where no memory is left, an exception comes out",
      edits=[("""            try {
                items_.push_back(std::move(item));
            } catch (const std::bad_alloc&) {
                return Push::full;
            }
""", "            items_.push_back(std::move(item));\n")])
wrong("full-when-closed", requirement="close", cause="full.try_push(9)",
      why="a channel that is closed and full says that it is full",
      edits=[("return closed ? Push::closed : Push::full;", "return has_place && closed ? Push::closed : Push::full;")])
