// What the live side of a chat has in common for the whole process: which I/O threads have members connected, who is
// online, who is typing, and how far rooms were seen. What the projection has made visible it hands to each of those
// threads, which knows its own connections (live_thread.hpp).
//
// Any thread. Outlives the server, whose threads it tells things; stop() after the server's threads have ended and
// before the chat stops, the chat before the server goes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <station/base/guarded.hpp>
#include <string>
#include <vector>

#include "chat/chat.hpp"
#include "presence.hpp"
#include "seen_marks.hpp"
#include "server/io_thread.hpp"
#include "typists.hpp"

namespace station::chat {

class LiveThread;

class Hub {
  public:
    using Clock = std::chrono::steady_clock;

    Hub() = default;
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;
    ~Hub() = default;

    // Before the first connection.
    void begin(Chat& chat) { chat_ = &chat; }
    // Chat::Config::listener.
    void changed(const Changes& changes);
    // Hands over what was seen and is not stored yet, and tells nobody anything any more.
    void stop();

    Chat& chat() const { return *chat_; }
    bool online(const Id& user) const;
    // What a member has seen of a room, as far as it is not stored yet; 0: nothing.
    std::uint64_t seen(const Id& user, const Id& room) const;

    // For connections and their threads.
    LiveThread& thread(final_station::IoThread& thread);
    void came(const Id& user);
    void left(const Id& user);
    std::shared_ptr<const std::string> presence();  // everybody who is online, as a frame
    std::string presence_of_all();                  // and who is not
    void typing(const Id& room, const Id& user, bool on);
    void saw(const Id& user, const Id& room, std::uint64_t sequence);
    // Tells and stores what is due. Each thread calls it a few times a second.
    void tick(Clock::time_point now);

  private:
    void tell_typing(const Id& room, const Id& user, bool on);
    void store(std::vector<SeenMarks::Due> due);
    std::vector<LiveThread*> threads() const;

    Chat* chat_ = nullptr;
    mutable base::Mutex mutex_;
    std::vector<std::pair<final_station::IoThread*, LiveThread*>> threads_ STATION_GUARDED_BY(mutex_);
    Presence presence_ STATION_GUARDED_BY(mutex_);
    std::shared_ptr<const std::string> presence_frame_ STATION_GUARDED_BY(mutex_);  // nullptr: to be made again
    Typists typists_ STATION_GUARDED_BY(mutex_);
    SeenMarks marks_ STATION_GUARDED_BY(mutex_);
};

}  // namespace station::chat
