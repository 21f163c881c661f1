#include "hub.hpp"

#include "frames.hpp"
#include "live_thread.hpp"

namespace station::chat {

std::vector<LiveThread*> Hub::threads() const {
    const base::Lock lock{mutex_};
    std::vector<LiveThread*> all;
    for (const auto& [io, live] : threads_) all.push_back(live);
    return all;
}

void Hub::changed(const Changes& changes) {
    for (LiveThread* const thread : threads()) thread->bring(changes);
}

void Hub::stop() {
    std::vector<SeenMarks::Due> due;
    {
        const base::Lock lock{mutex_};
        threads_.clear();
        due = marks_.due(Clock::now(), true);
    }
    store(std::move(due));
}

bool Hub::online(const Id& user) const {
    const base::Lock lock{mutex_};
    return presence_.online(user);
}

std::uint64_t Hub::seen(const Id& user, const Id& room) const {
    const base::Lock lock{mutex_};
    return marks_.seen(user, room);
}

LiveThread& Hub::thread(final_station::IoThread& io) {
    const base::Lock lock{mutex_};
    for (const auto& [its, live] : threads_) {
        if (its == &io) return *live;
    }
    const auto made = std::make_shared<LiveThread>(*this, io);
    threads_.emplace_back(&io, made.get());
    io.keep(made);
    return *made;
}

void Hub::came(const Id& user) {
    const base::Lock lock{mutex_};
    presence_.came(user);
    presence_frame_ = nullptr;
}

void Hub::left(const Id& user) {
    const base::Lock lock{mutex_};
    presence_.left(user);
    presence_frame_ = nullptr;
}

std::shared_ptr<const std::string> Hub::presence() {
    const base::Lock lock{mutex_};
    if (presence_frame_ == nullptr) {
        presence_frame_ = std::make_shared<const std::string>(presence_frame(presence_.all_online()));
    }
    return presence_frame_;
}

std::string Hub::presence_of_all() {
    Presence::List list = chat_->book().look([](const State& state) {
        Presence::List everybody;
        for (const auto& [id, user] : state.users()) everybody.emplace_back(id, false);
        return everybody;
    });
    const base::Lock lock{mutex_};
    for (auto& [user, online] : list) online = presence_.online(user);
    return presence_frame(list);
}

void Hub::typing(const Id& room, const Id& user, bool on) {
    {
        const base::Lock lock{mutex_};
        if (!(on ? typists_.start(room, user, Clock::now()) : typists_.stop(room, user))) return;
    }
    tell_typing(room, user, on);
}

void Hub::tell_typing(const Id& room, const Id& user, bool on) {
    const auto frame = std::make_shared<const std::string>(typing_frame(room, user, on));
    for (LiveThread* const thread : threads()) thread->bring(TypingNews{room, user, frame});
}

void Hub::saw(const Id& user, const Id& room, std::uint64_t sequence) {
    const std::uint64_t stored = chat_->book().look([&](const State& state) {
        const Membership* const its = state.membership(room, user);
        return its != nullptr ? its->seen : UINT64_MAX;
    });
    if (sequence <= stored) return;
    {
        const base::Lock lock{mutex_};
        if (!marks_.note(user, room, sequence)) return;
    }
    for (LiveThread* const thread : threads()) thread->bring(SeenNews{user, room});
}

void Hub::tick(Clock::time_point now) {
    Presence::List news;
    std::vector<Typists::One> silent;
    std::vector<SeenMarks::Due> due;
    {
        const base::Lock lock{mutex_};
        news = presence_.news(now);
        silent = typists_.ended(now);
        marks_.forget_idle(now);
        due = marks_.due(now);
    }
    for (const auto& [room, user] : silent) tell_typing(room, user, false);
    store(std::move(due));
    if (news.empty()) return;
    const auto frame = std::make_shared<const std::string>(presence_frame(news));
    for (LiveThread* const thread : threads()) thread->bring(PresenceNews{frame});
}

void Hub::store(std::vector<SeenMarks::Due> due) {
    for (SeenMarks::Due& its : due) {
        const Id user = its.user;
        std::vector<RoomSeen> rooms = its.rooms;
        chat_->rooms().seen(user, std::move(rooms), [this, its = std::move(its)](const Answer<Book::Written>& written) {
            const base::Lock lock{mutex_};
            marks_.stored(its, written.has_value());
        });
    }
}

}  // namespace station::chat
