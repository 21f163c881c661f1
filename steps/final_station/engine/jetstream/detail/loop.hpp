// One thread that runs all appenders and readers of a connection, as actors: what comes from libnats's threads and
// from callers is put into its mailbox, and nothing of an actor is touched by two threads. After a burst each actor
// that got something is told so once, which is when it sends and answers.
//
// All of a connection's answers come to one subject with a wildcard, so that libnats never has to give up a
// subscription while messages come for it, which 3.4 does not survive. Whose an answer is tells the token behind the
// inbox; what a consumer delivers has the event's own subject, and is told by the consumer's name.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
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
    virtual void arrived(const natsMsg& message, std::string_view what) = 0;  // what stands behind its token and a dot
    virtual void settled(Clock::time_point now) = 0;                          // after a burst, or a wake()
    virtual void tick(Clock::time_point now) = 0;                             // twenty times a second
    virtual void reconnected() = 0;                                           // what was under way may be lost

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
    const std::string& inbox() const;
    std::string new_token();
    void add(std::string token, std::weak_ptr<Actor> actor);
    void wake(std::shared_ptr<Actor> actor);
    void deliver(NativeMessage message);
    void tell_all_reconnected();
    // Runs it on the loop's thread, behind all that is in the mailbox, and waits for it.
    void run(const std::function<void()>& what);

    // The loop's thread: what this consumer delivers is the actor's.
    void route(const std::string& consumer, std::weak_ptr<Actor> actor);
    void unroute(const std::string& consumer);

  private:
    class Core;
    std::shared_ptr<Core> core_;
    std::thread thread_;
};

}  // namespace station::jetstream
