SLEEP = """    waiter_.ready = {};
    waiter_.woken = false;
    entry_->state.waiters.add(waiter_);
    if (anything_new() || cancelled_.load() || ending()) {
        entry_->state.waiters.remove(waiter_);
        return true;
    }
    std::unique_lock lock{waiter_.mutex};
    const auto woken = [this] { return waiter_.woken; };
    if (!deadline) {
        waiter_.changed.wait(lock, woken);
        return true;
    }
    if (waiter_.changed.wait_until(lock, *deadline, woken)) return true;
    lock.unlock();
    return !entry_->state.waiters.remove(waiter_);
"""
LOOP = """    do {
        if (gap_) {
            if (events_.empty()) return tl::unexpected(make_error_code(Errc::damaged));
            break;
        }
        const std::uint64_t end = segment_->end();
        if (at_ < end) {
            if (const auto error = read(end, limits)) {
                if (events_.empty()) return tl::unexpected(error);
                break;
            }
        }
        if (!events_.empty() && (events_.size() >= limits.events || batch_bytes_ >= limits.bytes)) break;
    } while (next_segment());
"""

right("waits-in-a-loop", edits=[
    (SLEEP, """    {
        const std::lock_guard lock{waiter_.mutex};
        waiter_.ready = nullptr;
        waiter_.woken = false;
    }
    entry_->state.waiters.add(waiter_);
    if (!anything_new() && !cancelled_.load() && !ending()) {
        std::unique_lock lock{waiter_.mutex};
        while (!waiter_.woken) {
            if (!deadline) {
                waiter_.changed.wait(lock);
            } else if (waiter_.changed.wait_until(lock, *deadline) == std::cv_status::timeout) {
                break;
            }
        }
        if (waiter_.woken) return true;
        lock.unlock();
        return !entry_->state.waiters.remove(waiter_);
    }
    entry_->state.waiters.remove(waiter_);
    return true;
"""),
])

right("while-with-breaks", edits=[
    (LOOP, """    while (true) {
        if (gap_) {
            if (!events_.empty()) break;
            return tl::unexpected(make_error_code(Errc::damaged));
        }
        const auto end = segment_->end();
        std::error_code error;
        if (end > at_) error = read(end, limits);
        if (error) {
            if (!events_.empty()) break;
            return tl::unexpected(error);
        }
        const bool full = events_.size() >= limits.events || batch_bytes_ >= limits.bytes;
        if (full && !events_.empty()) break;
        if (!next_segment()) break;
    }
"""),
])

right("next-segment-looked-for-first", edits=[
    ("""    if (!segment_->sealed() || at_ < segment_->end()) return false;
    auto next = entry_->state.segments.after(*segment_);
    if (next == nullptr) return false;
    segment_ = std::move(next);
    window_.leave();
    at_ = kSegmentHeaderSize;
    if (segment_->base_offset() > expected_.offset) {
""", """    if (segment_->sealed() == false) return false;
    const bool read_to_its_end = at_ >= segment_->end();
    const auto next = entry_->state.segments.after(*segment_);
    if (!read_to_its_end || !next) return false;
    window_.leave();
    segment_ = next;
    at_ = kSegmentHeaderSize;
    if (expected_.offset < segment_->base_offset()) {
"""),
    ("""    if (waiter_.changed.wait_until(lock, *deadline, woken)) return true;
    lock.unlock();
    return !entry_->state.waiters.remove(waiter_);
""", """    const bool in_time = waiter_.changed.wait_until(lock, *deadline, woken);
    lock.unlock();
    return in_time || !entry_->state.waiters.remove(waiter_);
"""),
])
