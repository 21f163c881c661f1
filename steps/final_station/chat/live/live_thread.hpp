// The live connections of one I/O thread: who is here, which rooms they are in and which they follow. News come through
// the thread's mailbox; a text that many are told is made once. First all that is new is put where it is to go, then
// each connection that got something sends it: what a connection does then may end it.
//
// Lives as long as its I/O thread, and belongs to it but for bring().
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <station/base/guarded.hpp>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "chat/projection/messages.hpp"
#include "chat/view/room_json.hpp"
#include "follow.hpp"
#include "server/io_thread.hpp"

namespace station::chat {

class Hub;
class LiveSession;

struct PresenceNews {
    std::shared_ptr<const std::string> frame;
};
struct TypingNews {
    Id room;
    Id user;
    std::shared_ptr<const std::string> frame;
};
struct SeenNews {
    Id user;
    Id room;
};
using News = std::variant<Changes, PresenceNews, TypingNews, SeenNews>;

class LiveThread final : private final_station::Mailbox::Item {
  public:
    LiveThread(Hub& hub, final_station::IoThread& thread);
    LiveThread(const LiveThread&) = delete;
    LiveThread& operator=(const LiveThread&) = delete;
    ~LiveThread();

    // Any thread.
    void bring(News news) noexcept;

    // The rest: this thread only.
    void came(LiveSession& session);
    void left(LiveSession& session);
    void follow(LiveSession& session, const Id& room, Follow& cursor);
    void unfollow(LiveSession& session, const Id& room);

  private:
    using Clock = std::chrono::steady_clock;
    struct Follower {
        LiveSession* session;
        Follow* cursor;
    };
    struct Person;
    struct Here {  // a room that somebody who is here is in
        std::vector<Person*> members;
        std::vector<Follower> followers;
    };
    struct Person {
        Id user;
        std::vector<LiveSession*> sessions;
        std::vector<Id> rooms;
    };
    // What somebody is to be told about a room, once it has been read.
    struct Wish {
        bool as_room = false;  // all of it, not only what is unread
        bool to_followers = false;
        std::uint64_t newest = 0;  // of the messages that this is about
        bool is_unread() const { return to_followers || newest > 0; }
    };
    class Tell;

    void arrived() override;
    void take(const News& news);
    void take(const Changes& changes);
    void take_message(const Change& change);
    void take_event(const Event& event);
    void room_changed(const Id& room, const Id* only);
    void room_gone(Person& person, const Id& room);
    void check_sessions(const Id& user);
    void wish_unread(const Change& change);
    void tell_wishes(Clock::time_point now);
    void told(const Tell& tell);
    Person* person(const Id& user);
    bool join(Person& person, const Id& room);
    bool leave(Person& person, const Id& room);
    void forget_if_empty(const Id& room);
    void touch(LiveSession& session);
    void send_all();
    void doom_all();
    void keep_time();
    void tick();

    Hub& hub_;
    final_station::IoThread& thread_;
    std::unordered_map<Id, Person, IdHash> people_;
    std::unordered_map<Id, Here, IdHash> rooms_;
    std::shared_ptr<LiveSession> touched_;      // the first of those that have something to send
    std::map<std::pair<Id, Id>, Wish> wishes_;  // by room and user
    bool telling_ = false;
    Clock::time_point tell_next_{};
    net::Timer timer_;
    bool ticking_ = false;  // the timer will call

    base::Mutex mutex_;
    std::deque<News> news_ STATION_GUARDED_BY(mutex_);
    bool pushed_ STATION_GUARDED_BY(mutex_) = false;
    bool lost_ STATION_GUARDED_BY(mutex_) = false;  // there was no memory for something
};

}  // namespace station::chat
