#include "loop.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "native_message.hpp"

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
    const std::string inbox_ = new_inbox();
    std::atomic<std::uint64_t> tokens_{0};

    struct Letter {
        std::shared_ptr<Actor> actor;
        NativeMessage message;       // whose it is, is looked up
        std::function<void()> what;  // where there is neither
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

    void add(const std::string& token, const std::weak_ptr<Actor>& actor) { actors_.emplace(token, actor); }
    void route(const std::string& consumer, const std::weak_ptr<Actor>& actor) {
        consumers_.insert_or_assign(consumer, actor);
    }
    void unroute(const std::string& consumer) { consumers_.erase(consumer); }

    template <typename Call>
    void for_all(const Call& call) {
        std::erase_if(actors_, [](const auto& entry) { return entry.second.expired(); });
        for (const auto& [token, weak] : actors_) {
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
        if (letter.what) return letter.what();
        std::string_view what;
        const auto actor = letter.message ? whose(*letter.message, what) : letter.actor;
        if (!actor) return;
        if (!std::exchange(actor->is_touched_, true)) touched_.push_back(actor);
        if (letter.message) actor->arrived(*letter.message, what);
    }

    std::shared_ptr<Actor> whose(const natsMsg& message, std::string_view& what) const {
        // Somebody's event may have any subject; only what a consumer delivers has such a reply.
        const char* const reply = natsMsg_GetReply(&message);
        if (const auto place = reply == nullptr ? std::nullopt : parse_place(reply)) {
            return found(consumers_, place->consumer);
        }
        what = natsMsg_GetSubject(&message);
        if (!what.starts_with(inbox_)) return nullptr;
        what.remove_prefix(std::min(inbox_.size() + 1, what.size()));
        return found(actors_, next_token(what));
    }

    using Actors = std::map<std::string, std::weak_ptr<Actor>, std::less<>>;
    static std::shared_ptr<Actor> found(const Actors& actors, std::string_view name) {
        const auto at = actors.find(name);
        return at == actors.end() ? nullptr : at->second.lock();
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
    Actors actors_;     // by token
    Actors consumers_;  // by name
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

const std::string& Loop::inbox() const { return core_->inbox_; }

std::string Loop::new_token() { return std::to_string(core_->tokens_.fetch_add(1, std::memory_order_relaxed)); }

void Loop::add(std::string token, std::weak_ptr<Actor> actor) {
    core_->post({nullptr, nullptr, [core = core_.get(), token = std::move(token), actor = std::move(actor)] {
                     core->add(token, actor);
                 }});
}

void Loop::route(const std::string& consumer, std::weak_ptr<Actor> actor) { core_->route(consumer, actor); }
void Loop::unroute(const std::string& consumer) { core_->unroute(consumer); }

void Loop::wake(std::shared_ptr<Actor> actor) { core_->post({std::move(actor), nullptr, {}}); }

void Loop::deliver(NativeMessage message) { core_->post({nullptr, std::move(message), {}}); }

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
