#include "loop.hpp"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace station::jetstream {
namespace {

constexpr std::chrono::milliseconds kTick{50};
// While much comes, it is taken together: a thread that is woken for each acknowledgement does little else.
constexpr std::chrono::milliseconds kBusy{1};  // since the last burst
constexpr std::chrono::microseconds kGather{100};
constexpr std::size_t kFew = 128;

}  // namespace

class Loop::Core {
  public:
    struct Letter {
        std::shared_ptr<Actor> actor;
        NativeMessage message;       // none: a wake()
        std::function<void()> what;  // where there is no actor
    };

    void post(Letter letter) {
        bool was_empty = false;
        {
            const std::lock_guard lock{mutex_};
            was_empty = mailbox_.empty();
            mailbox_.push_back(std::move(letter));
        }
        if (was_empty) filled_.notify_one();
    }

    void end() {
        {
            const std::lock_guard lock{mutex_};
            is_ending_ = true;
        }
        filled_.notify_one();
    }

    void add(const std::weak_ptr<Actor>& actor) { actors_.push_back(actor); }

    template <typename Call>
    void for_all(const Call& call) {
        std::erase_if(actors_, [](const auto& actor) { return actor.expired(); });
        const auto actors = actors_;  // a call may add others
        for (const auto& weak : actors) {
            if (const auto actor = weak.lock()) call(*actor);
        }
    }

    void work() {
        std::vector<Letter> letters;
        while (true) {
            {
                std::unique_lock lock{mutex_};
                filled_.wait_until(lock, next_tick_, [this] { return !mailbox_.empty() || is_ending_; });
                if (mailbox_.empty() && is_ending_) break;
                letters.swap(mailbox_);
            }
            gather(letters);
            for (Letter& letter : letters) take(letter);
            if (!letters.empty()) last_burst_ = Clock::now();
            letters.clear();
            settle();
            tick();
        }
        nats_ReleaseThreadMemory();
    }

  private:
    void gather(std::vector<Letter>& letters) {
        if (letters.empty() || letters.size() >= kFew || Clock::now() - last_burst_ > kBusy) return;
        std::this_thread::sleep_for(kGather);
        const std::lock_guard lock{mutex_};
        std::move(mailbox_.begin(), mailbox_.end(), std::back_inserter(letters));
        mailbox_.clear();
    }

    void take(Letter& letter) {
        if (!letter.actor) {
            letter.what();
            return;
        }
        if (!std::exchange(letter.actor->is_touched_, true)) touched_.push_back(letter.actor);
        if (letter.message) letter.actor->arrived(*letter.message, natsMsg_GetSubject(letter.message.get()));
    }

    void settle() {
        const auto now = Clock::now();
        for (const auto& actor : std::exchange(touched_, {})) {
            actor->is_touched_ = false;
            actor->settled(now);
        }
    }

    void tick() {
        const auto now = Clock::now();
        if (now < next_tick_) return;
        next_tick_ = now + kTick;
        for_all([now](Actor& actor) { actor.tick(now); });
    }

    std::mutex mutex_;
    std::condition_variable filled_;
    std::vector<Letter> mailbox_;
    bool is_ending_ = false;

    // The thread's own.
    std::vector<std::weak_ptr<Actor>> actors_;
    std::vector<std::shared_ptr<Actor>> touched_;
    Clock::time_point next_tick_ = Clock::now() + kTick;
    Clock::time_point last_burst_;
};

// The core outlives the loop where the thread itself lets go of it.
Loop::Loop() : core_(std::make_shared<Core>()), thread_([core = core_] { core->work(); }) {}

Loop::~Loop() {
    core_->end();
    if (thread_.get_id() == std::this_thread::get_id()) {
        thread_.detach();
    } else {
        thread_.join();
    }
}

void Loop::add(std::weak_ptr<Actor> actor) {
    core_->post({nullptr, nullptr, [core = core_.get(), actor = std::move(actor)] { core->add(actor); }});
}

void Loop::wake(std::shared_ptr<Actor> actor) { core_->post({std::move(actor), nullptr, {}}); }

void Loop::deliver(std::shared_ptr<Actor> actor, NativeMessage message) {
    core_->post({std::move(actor), std::move(message), {}});
}

void Loop::tell_all_reconnected() {
    core_->post({nullptr, nullptr, [core = core_.get()] { core->for_all([](Actor& actor) { actor.reconnected(); }); }});
}

void Loop::run(const std::function<void()>& what) {
    std::mutex mutex;
    std::condition_variable ran;
    bool is_done = false;
    core_->post({nullptr, nullptr, [&] {
                     what();
                     const std::lock_guard lock{mutex};
                     is_done = true;
                     ran.notify_one();
                 }});
    std::unique_lock lock{mutex};
    ran.wait(lock, [&] { return is_done; });
}

}  // namespace station::jetstream
