// A thread of the chat's load: the sockets of its share of the members, and what they are to do when: say, type, go
// away, come back. Made, and asked for what it has seen, by one thread; run() by another.
#pragma once

#include <deque>
#include <loadgen/hammer/poller.hpp>
#include <loadgen/hammer/talk/member.hpp>
#include <random>
#include <vector>

namespace station::hammer::talk {

class Crew {
  public:
    // The members `which`, `which` + `crews`, …
    Crew(Stage& stage, std::size_t which, std::size_t crews);
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    bool has_writers() const { return !writers_.empty(); }
    // Open loop: of the run's messages it says number `first`, `first` + `every`, …
    void take_turns(std::size_t first, std::size_t every);

    void run();  // until the act is over

    const std::deque<Member>& members() const { return members_; }
    Tally& tally() { return tally_; }

  private:
    void step(Nanoseconds now);
    void play(Act act, Nanoseconds now);
    void talk(Nanoseconds now);
    void settle();
    void report(Act act, bool is_done);
    Nanoseconds next_wait(Nanoseconds now) const;

    void say_due(Nanoseconds now);
    void say_next(Member& member);
    void cut_and_type(Nanoseconds now);
    Member& pick_writer();
    std::size_t pick_seat(const Member& member);
    std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>{0, count - 1}(random_); }

    void bring_back(Nanoseconds now);
    void connecting(Member& member, int error);
    void handle(const epoll_event& event);
    void receive(Member& member);
    void flush(Member& member);
    void leave(Member& member, bool on_purpose, Nanoseconds for_how_long);
    void end();

    Stage& stage_;
    const std::size_t crews_;
    Tally tally_;
    std::deque<Member> members_;
    std::vector<Member*> writers_;
    std::vector<Member*> away_;
    std::size_t connecting_ = 0;
    std::mt19937_64 random_;
    Poller poller_;
    std::vector<char> buffer_;

    Act reported_ = Act::over;  // the last act whose end was told to the stage
    bool pinged_ = false;
    std::size_t turn_ = 0;  // the next message that is due
    std::size_t every_ = 1;
    double cuts_ = 0;  // so far
    double typings_ = 0;
};

}  // namespace station::hammer::talk
