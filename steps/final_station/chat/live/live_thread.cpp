#include "live_thread.hpp"

#include <algorithm>
#include <new>

#include "frames.hpp"
#include "hub.hpp"
#include "live_session.hpp"

namespace station::chat {
namespace {

constexpr std::chrono::milliseconds kLiveTick{250};
constexpr std::chrono::milliseconds kTellEvery{200};
constexpr std::size_t kTellAtOnce = 256;  // rooms of members, read in one go

template <typename T>
void take_out(std::vector<T>& all, const T& one) {
    all.erase(std::remove(all.begin(), all.end(), one), all.end());
}

}  // namespace

// Reads what members are to be told about rooms, on a thread that may wait for a disk.
class LiveThread::Tell final : public final_station::ReaderPool::Work {
  public:
    struct One {
        Id user;
        ShownRoom room;
        Wish wish;
        std::uint64_t seen = 0;
        std::string frame = {};  // empty: it could not be read
    };
    explicit Tell(LiveThread& thread) : thread_(thread) {}
    std::vector<One> all;

  private:
    void wait_for_disk() noexcept override {
        const Projection& projection = thread_.hub_.chat().projection();
        for (One& one : all) try {
                if (!count(one.room, projection, one.user, one.seen)) continue;
                one.frame =
                    one.wish.as_room ? room_frame(to_json(one.room)) : unread_frame(one.room.id, one.room.unread);
            } catch (const std::bad_alloc&) {
                one.frame.clear();
            }
    }
    void arrived() override {
        const std::unique_ptr<Tell> self{this};
        thread_.told(*this);
    }

    LiveThread& thread_;
};

LiveThread::LiveThread(Hub& hub, final_station::IoThread& thread) : hub_(hub), thread_(thread), timer_(thread.io) {
    keep_time();
}

LiveThread::~LiveThread() = default;

void LiveThread::bring(News news) noexcept {
    const base::Lock lock{mutex_};
    try {
        news_.push_back(std::move(news));
    } catch (const std::bad_alloc&) {
        lost_ = true;
    }
    if (!std::exchange(pushed_, true)) thread_.mailbox.push(*this);
}

// One after the other, and the rest behind what else has come for this thread.
void LiveThread::arrived() {
    std::optional<News> news;
    bool lost = false;
    {
        const base::Lock lock{mutex_};
        lost = std::exchange(lost_, false);
        if (!news_.empty()) {
            news.emplace(std::move(news_.front()));
            news_.pop_front();
        }
        pushed_ = !news_.empty();
        if (pushed_) thread_.mailbox.push(*this);
    }
    if (lost) doom_all();
    if (news) {
        try {
            take(*news);
        } catch (const std::bad_alloc&) {
            doom_all();
        }
    }
    send_all();
    if (!ticking_) keep_time();
}

// Who may have missed something comes back, and is told what it was.
void LiveThread::doom_all() {
    for (auto& [user, person] : people_) {
        for (LiveSession* const session : person.sessions) {
            session->doom();
            touch(*session);
        }
    }
}

void LiveThread::take(const News& news) {
    if (const auto* const changes = std::get_if<Changes>(&news)) return take(*changes);
    if (const auto* const presence = std::get_if<PresenceNews>(&news)) {
        for (auto& [user, person] : people_) {
            for (LiveSession* const session : person.sessions) {
                session->tell_presence(presence->frame);
                touch(*session);
            }
        }
    } else if (const auto* const typing = std::get_if<TypingNews>(&news)) {
        const auto here = rooms_.find(typing->room);
        if (here == rooms_.end()) return;
        for (const Follower& follower : here->second.followers) {
            if (follower.session->user() == typing->user || follower.session->is_slow()) continue;
            follower.session->tell(*typing->frame);
            touch(*follower.session);
        }
    } else if (const auto* const seen = std::get_if<SeenNews>(&news);
               seen != nullptr && person(seen->user) != nullptr) {
        Wish& wish = wishes_[{seen->room, seen->user}];
        wish.to_followers = true;
        wish.newest = UINT64_MAX;
        tell_wishes(Clock::now());
    }
}

void LiveThread::take(const Changes& changes) {
    for (const Change& change : *changes) {
        change.what == Change::What::other ? take_event(change.recorded.event) : take_message(change);
    }
    tell_wishes(Clock::now());
}

void LiveThread::take_message(const Change& change) {
    const auto found = rooms_.find(change.room);
    if (found == rooms_.end()) return;
    const Here& here = found->second;
    const bool is_removed = change.what == Change::What::removed;
    if (!here.followers.empty() && (is_removed || change.json)) {
        const std::string frame = is_removed                            ? removed_frame(change.room, change.message)
                                  : change.what == Change::What::posted ? message_frame(*change.json)
                                                                        : updated_frame(*change.json);
        std::size_t sent = 0;
        for (const Follower& follower : here.followers) {
            if (!follower.session->deliver(*follower.cursor, change.recorded.sequence, frame)) continue;
            touch(*follower.session);
            ++sent;
        }
        auto& counters = thread_.station.counters;
        counters.delivered.fetch_add(sent, std::memory_order_relaxed);
        const double late = static_cast<double>(hub_.chat().now() - change.recorded.time) / 1e9;
        if (sent > 0) counters.fanout_seconds.observe(std::max(0.0, late), sent);
    }
    wish_unread(change);
}

// What is said to a room changes what is unread in it, but for who says it.
void LiveThread::wish_unread(const Change& change) {
    const bool is_said = std::holds_alternative<MessagePosted>(change.recorded.event) ||
                         std::holds_alternative<MessageEdited>(change.recorded.event) ||
                         std::holds_alternative<MessageDeleted>(change.recorded.event);
    if (!is_said) return;
    for (const Person* const person : rooms_.at(change.room).members) {
        if (person->user == change.creator) continue;
        const auto follows = [&](const LiveSession* session) { return session->follows(change.room); };
        if (std::ranges::all_of(person->sessions, follows)) continue;
        Wish& wish = wishes_[{change.room, person->user}];
        wish.newest = std::max(wish.newest, change.message_sequence);
    }
}

void LiveThread::take_event(const Event& event) {
    std::visit(
        [&](const auto& one) {
            using One = std::decay_t<decltype(one)>;
            if constexpr (std::is_same_v<One, MemberAdded> || std::is_same_v<One, MemberRemoved> ||
                          std::is_same_v<One, InvolvementChanged>) {
                room_changed(one.room, &one.user);
            } else if constexpr (One::kind.category() == 3) {
                room_changed(one.room, nullptr);
            } else if constexpr (One::kind.category() == 2 && !std::is_same_v<One, Seen> &&
                                 !std::is_same_v<One, SessionUsed>) {
                check_sessions(one.user);
            }
        },
        event);
}

// Looks at what is so now, which may be newer than what this is about: then its own news will find nothing to do.
void LiveThread::room_changed(const Id& room, const Id* only) {
    std::vector<std::pair<Person*, bool>> concerned;
    hub_.chat().book().look([&](const State& state) {
        const auto look_at = [&](Person& person) {
            concerned.emplace_back(&person, state.membership(room, person.user) != nullptr);
        };
        if (only == nullptr) {
            for (auto& [user, one] : people_) look_at(one);
        } else if (Person* const one = person(*only)) {
            look_at(*one);
        }
        return 0;
    });
    for (const auto& [one, is_in] : concerned) {
        if (is_in) {
            join(*one, room);
            wishes_[{room, one->user}].as_room = true;
        } else if (leave(*one, room)) {
            room_gone(*one, room);
        }
    }
}

void LiveThread::room_gone(Person& person, const Id& room) {
    wishes_.erase({room, person.user});
    const std::string frame = room_removed_frame(room.to_text());
    for (LiveSession* const session : person.sessions) {
        session->forget(room);
        session->tell(frame);
        touch(*session);
    }
}

void LiveThread::check_sessions(const Id& user) {
    Person* const who = person(user);
    if (who == nullptr) return;
    const std::int64_t now = hub_.chat().now();
    for (LiveSession* const session : who->sessions) {
        const bool is_in =
            hub_.chat().book().look([&](const State& state) { return session->caller().in(state, now) != nullptr; });
        if (is_in) continue;
        session->sign_out();
        touch(*session);
    }
}

// What is only unread waits a little after the last time; whoever comes into a room learns it at once.
void LiveThread::tell_wishes(Clock::time_point now) {
    if (telling_ || wishes_.empty()) return;
    const auto is_room = [](const auto& wish) { return wish.second.as_room; };
    if (now < tell_next_ && std::ranges::none_of(wishes_, is_room)) return;
    auto tell = std::make_unique<Tell>(*this);
    tell->all.reserve(std::min(wishes_.size(), kTellAtOnce) + 1);
    hub_.chat().book().look([&](const State& state) {
        for (auto wish = wishes_.begin(); wish != wishes_.end() && tell->all.size() < kTellAtOnce;) {
            const auto& [room, user] = wish->first;
            if (auto shown = shown_room(state, room, user)) {
                // Who waits for `unread` gets it, even where `room` says it, too.
                if (wish->second.as_room) tell->all.push_back({user, *shown, Wish{.as_room = true}});
                wish->second.as_room = false;
                if (wish->second.is_unread()) tell->all.push_back({user, std::move(*shown), wish->second});
            }
            wish = wishes_.erase(wish);
        }
        return 0;
    });
    std::erase_if(tell->all, [&](Tell::One& one) {
        one.seen = std::max(one.room.seen, hub_.seen(one.user, one.room.id));
        return !one.wish.as_room && (!can_be_unread(one.room.involvement) || one.wish.newest <= one.seen);
    });
    tell_next_ = wishes_.empty() ? now + kTellEvery : now;
    if (tell->all.empty()) return;
    telling_ = true;
    thread_.station.readers.submit(*tell.release(), thread_.mailbox);
}

void LiveThread::told(const Tell& tell) {
    telling_ = false;
    for (const Tell::One& one : tell.all) {
        Person* const who = person(one.user);
        const Id& room = one.room.id;
        if (one.frame.empty() || who == nullptr || std::ranges::find(who->rooms, room) == who->rooms.end()) continue;
        for (LiveSession* const session : who->sessions) {
            if (!one.wish.as_room && !one.wish.to_followers && session->follows(room)) continue;
            session->tell(one.frame);
            touch(*session);
        }
    }
    tell_wishes(Clock::now());
    send_all();
}

void LiveThread::came(LiveSession& session) {
    Person& who = people_[session.user()];
    if (who.sessions.empty()) {
        who.user = session.user();
        const auto rooms = hub_.chat().book().look([&](const State& state) { return state.rooms_of(who.user); });
        for (const Id& room : rooms) join(who, room);
    }
    who.sessions.push_back(&session);
}

void LiveThread::left(LiveSession& session) {
    Person* const who = person(session.user());
    if (who == nullptr) return;
    take_out(who->sessions, &session);
    if (!who->sessions.empty()) return;
    while (!who->rooms.empty()) leave(*who, Id{who->rooms.back()});
    people_.erase(session.user());
}

void LiveThread::follow(LiveSession& session, const Id& room, Follow& cursor) {
    join(people_.at(session.user()), room);
    rooms_[room].followers.push_back({&session, &cursor});
}

void LiveThread::unfollow(LiveSession& session, const Id& room) {
    const auto here = rooms_.find(room);
    if (here == rooms_.end()) return;
    std::erase_if(here->second.followers, [&](const Follower& follower) { return follower.session == &session; });
    forget_if_empty(room);
}

LiveThread::Person* LiveThread::person(const Id& user) {
    const auto found = people_.find(user);
    return found != people_.end() ? &found->second : nullptr;
}

bool LiveThread::join(Person& person, const Id& room) {
    if (std::ranges::find(person.rooms, room) != person.rooms.end()) return false;
    person.rooms.push_back(room);
    rooms_[room].members.push_back(&person);
    return true;
}

bool LiveThread::leave(Person& person, const Id& room) {
    if (std::ranges::find(person.rooms, room) == person.rooms.end()) return false;
    take_out(person.rooms, room);
    take_out(rooms_.at(room).members, &person);
    forget_if_empty(room);
    return true;
}

void LiveThread::forget_if_empty(const Id& room) {
    const auto here = rooms_.find(room);
    if (here != rooms_.end() && here->second.members.empty() && here->second.followers.empty()) rooms_.erase(here);
}

void LiveThread::touch(LiveSession& session) {
    if (!session.is_touched) session.touch(touched_);
}

void LiveThread::send_all() {
    while (touched_) {
        const std::shared_ptr<LiveSession> session = std::move(touched_);
        touched_ = std::move(session->next_touched);
        session->is_touched = false;
        session->send();
    }
}

void LiveThread::keep_time() try {
    timer_.expires_after(kLiveTick);
    timer_.async_wait([this](std::error_code error) {
        ticking_ = false;
        if (!error) tick();
    });
    ticking_ = true;
} catch (const std::bad_alloc&) {
    thread_.station.troubles.out_of_memory();
}

void LiveThread::tick() {
    keep_time();
    const auto now = Clock::now();
    hub_.tick(now);
    tell_wishes(now);
}

}  // namespace station::chat
