#include <station/log/detail/writer.hpp>

namespace station::log {

Writer::Writer(TopicState& topic, Scheduler& scheduler, const BusConfig& config, OpenFiles& files)
    : topic_(topic),
      scheduler_(scheduler),
      voice_(topic, config),
      admission_(topic, config),
      files_(topic, voice_, scheduler, config, files),
      group_(topic, voice_, admission_, files_, scheduler, config) {}

std::error_code Writer::open(const RecoveredTopic& recovered) {
    if (const auto error = files_.open(recovered, group_.now())) return error;
    group_.open(recovered);
    files_.rest();
    return {};
}

std::error_code Writer::submit(PublishRequest& request) {
    const auto error = admission_.take(request);
    if (error) topic_.counters.rejected.fetch_add(1, std::memory_order_relaxed);
    return error;
}

void Writer::write_soon() {
    if (admission_.take_turn()) scheduler_.run_soon(*this);
}

void Writer::lead() {
    if (!admission_.take_turn()) return;
    admission_.begin_turn();
    group_.run(*this);
    answer_sync_waiters();
    pass_turn();
}

void Writer::run() {
    constexpr int kGroupsPerTurn = 16;  // then another topic may have the thread
    admission_.begin_turn();
    for (int i = 0; i < kGroupsPerTurn && group_.run(*this); ++i) {
    }
    answer_sync_waiters();
    pass_turn();
}

std::error_code Writer::sync() {
    SyncWaiter waiter;
    {
        const base::Lock lock{sync_mutex_};
        if (closed_) return Errc::closed;
        sync_waiters_.push_back(&waiter);
    }
    admission_.want_sync();
    lead();
    waiter.done.wait();
    return waiter.error;
}

// By who has the turn.
void Writer::answer_sync_waiters() {
    std::vector<SyncWaiter*> waiters;
    {
        const base::Lock lock{sync_mutex_};
        waiters.swap(sync_waiters_);
    }
    if (waiters.empty()) return;
    const auto error = group_.sync();
    for (SyncWaiter* const waiter : waiters) {
        waiter->error = error;
        waiter->done.set();
    }
}

void Writer::pass_turn() {
    const bool more = group_.backlog();
    admission_.end_turn();
    if (!admission_.give_back_turn(more)) scheduler_.run_soon(*this);
}

void Writer::sync_due() {
    admission_.want_sync();
    write_soon();
}

std::error_code Writer::publish(PublishRequest& request, OnFull on_full) {
    struct Waiting : PublishRequest {
        base::OneShot answered;
        std::error_code error;
    } waiting;
    waiting.messages = request.messages;
    waiting.receipts = request.receipts;
    waiting.done = [](PublishRequest& self, std::error_code error) noexcept {
        static_cast<Waiting&>(self).error = error;
        static_cast<Waiting&>(self).answered.set();
    };
    const auto error = on_full == OnFull::wait ? admission_.take_waiting(waiting) : admission_.take(waiting);
    if (error) {
        topic_.counters.rejected.fetch_add(1, std::memory_order_relaxed);
        return error;
    }
    lead();
    waiting.answered.wait();
    request.acknowledged = waiting.acknowledged;
    return waiting.error;
}

void Writer::abandon() {
    admission_.close();
    {
        const base::Lock lock{sync_mutex_};
        closed_ = true;
    }
    answer_sync_waiters();
    scheduler_.forget(*this);
    files_.abandon();
    topic_.waiters.wake_all();
}

std::error_code Writer::close() {
    admission_.close();  // and keeps the turn for good
    {
        const base::Lock lock{sync_mutex_};
        closed_ = true;
    }
    answer_sync_waiters();
    const auto error = files_.close();
    if (!voice_.failed()) topic_.condition.store(Condition::closed);
    topic_.waiters.wake_all();
    return error;
}

}  // namespace station::log
