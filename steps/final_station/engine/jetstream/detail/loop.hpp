// One thread that runs all appenders and readers of a connection, as actors: what comes from libnats's threads and from
// callers is put into its mailbox, and nothing of an actor is touched by two threads. After a burst each actor that got
// something is told so once, which is when it sends and answers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>

#include "native.hpp"

namespace station::jetstream {

using Clock = std::chrono::steady_clock;

class Actor {
  public:
    Actor() = default;
    Actor(const Actor&) = delete;
    Actor& operator=(const Actor&) = delete;
    virtual ~Actor() = default;

    // All on the loop's thread.
    virtual void arrived(const natsMsg& message, std::string_view subject) = 0;
    virtual void settled(Clock::time_point now) = 0;  // after a burst, or a wake()
    virtual void tick(Clock::time_point now) = 0;     // twenty times a second
    virtual void reconnected() = 0;                   // what was under way may be lost

  private:
    friend class Loop;
    bool is_touched_ = false;
};

class Loop {
  public:
    Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    // Waits for what is in the mailbox, unless it is the loop's own thread that let go of it last, which then ends.
    ~Loop();

    // Any thread.
    void add(std::weak_ptr<Actor> actor);
    void wake(std::shared_ptr<Actor> actor);
    void deliver(std::shared_ptr<Actor> actor, NativeMessage message);
    void tell_all_reconnected();
    // Runs it on the loop's thread, behind all that is in the mailbox, and waits for it.
    void run(const std::function<void()>& what);

  private:
    class Core;
    std::shared_ptr<Core> core_;
    std::thread thread_;
};

}  // namespace station::jetstream
