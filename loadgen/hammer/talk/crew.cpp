#include <loadgen/hammer/talk/crew.hpp>

#include <sys/prctl.h>
#include <algorithm>
#include <cerrno>
#include <loadgen/hammer/text.hpp>
#include <utility>

namespace station::hammer::talk {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kReceiveAtOnce = std::size_t{256} * 1024;
constexpr std::size_t kMostConnecting = 64;
constexpr Nanoseconds kLongestLook = 10ms;
constexpr Nanoseconds kLongestAbsence = 200ms;  // of who is cut off: a while, in which things are missed
constexpr Nanoseconds kComeAgain = 50ms;        // where the server ended it

Nanoseconds monotonic_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

double seconds_of(Nanoseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

Crew::Crew(Stage& stage, std::size_t which, std::size_t crews)
    : stage_(stage), crews_(crews), random_(stage.plan.seed + which), buffer_(kReceiveAtOnce) {
    for (std::size_t i = which; i < stage.plan.members; i += crews) {
        Member& member = members_.emplace_back(stage, tally_, i);
        if (member.is_writer()) writers_.push_back(&member);
        away_.push_back(&member);
    }
}

void Crew::take_turns(std::size_t first, std::size_t every) {
    turn_ = first;
    every_ = every;
}

void Crew::run() {
    if (stage_.plan.rate > 0) ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    while (stage_.act() != Act::over) {
        const Nanoseconds now = monotonic_now();
        step(now);
        for (const epoll_event& event : poller_.wait(next_wait(now))) handle(event);
    }
    end();
}

void Crew::step(Nanoseconds now) {
    bring_back(now);
    play(stage_.act(), now);
}

void Crew::play(Act act, Nanoseconds now) {
    const auto all = [&](auto is_so) { return std::ranges::all_of(members_, is_so); };
    switch (act) {
        case Act::gathering:
            if (reported_ != act) report(act, all([](const Member& member) { return member.caught_up(); }));
            break;
        case Act::talking: talk(now); break;
        case Act::answering:
            if (stage_.plan.rate > 0) say_due(now);  // what was due up to the end
            if (reported_ != act) report(act, all([](const Member& member) { return !member.waits_for_answers(); }));
            break;
        case Act::settling: settle(); break;
        case Act::over: break;
    }
}

void Crew::report(Act act, bool is_done) {
    if (!is_done) return;
    reported_ = act;
    stage_.done(act);
}

// All that was sent before the answer to a ping has come: nothing comes twice behind it.
void Crew::settle() {
    if (reported_ == Act::settling) return;
    const auto all = [&](auto is_so) { return std::ranges::all_of(members_, is_so); };
    if (!pinged_) {
        if (!all([](const Member& member) { return member.has_all(); })) return;
        pinged_ = true;
        for (Member& member : members_) {
            member.ping();
            flush(member);
        }
    }
    report(Act::settling, all([](const Member& member) { return member.pongs() > 0; }));
}

void Crew::talk(Nanoseconds now) {
    if (stage_.plan.rate > 0) {
        say_due(now);
    } else {
        for (Member* const member : writers_) say_next(*member);
    }
    cut_and_type(now);
}

// The closed loop: one at a time.
void Crew::say_next(Member& member) {
    if (member.state != Member::State::here || member.waits_for_answers()) return;
    member.say(pick_seat(member), monotonic_now());
    flush(member);
}

void Crew::say_due(Nanoseconds now) {
    if (writers_.empty()) return;
    const double every = 1e9 / stage_.plan.rate;
    while (true) {
        const Nanoseconds after{static_cast<Nanoseconds::rep>(static_cast<double>(turn_) * every)};
        if (after > now - stage_.began() || after >= stage_.plan.duration) return;
        turn_ += every_;
        Member& member = pick_writer();
        member.say(pick_seat(member), stage_.began() + after);
        flush(member);
    }
}

Member& Crew::pick_writer() {
    constexpr int kTries = 16;
    for (int i = 0; i < kTries; ++i) {
        Member& member = *writers_[pick(writers_.size())];
        if (member.caught_up()) return member;
    }
    return *writers_[pick(writers_.size())];
}

std::size_t Crew::pick_seat(const Member& member) { return pick(member.seats().size()); }

void Crew::cut_and_type(Nanoseconds now) {
    if (members_.empty()) return;
    const double passed = seconds_of(now - stage_.began()) / static_cast<double>(crews_);
    for (; cuts_ < passed * stage_.plan.reconnects; ++cuts_) {
        Member& member = members_[pick(members_.size())];
        const Nanoseconds absence{std::uniform_int_distribution<Nanoseconds::rep>{0, kLongestAbsence.count()}(random_)};
        if (member.state == Member::State::here && member.may_leave()) leave(member, true, absence);
    }
    for (; typings_ < passed * stage_.plan.typing; ++typings_) {
        Member& member = members_[pick(members_.size())];
        if (member.state != Member::State::here) continue;
        member.type(pick_seat(member));
        flush(member);
    }
}

Nanoseconds Crew::next_wait(Nanoseconds now) const {
    if (stage_.act() != Act::talking || stage_.plan.rate <= 0 || writers_.empty()) return kLongestLook;
    const Nanoseconds after{static_cast<Nanoseconds::rep>(static_cast<double>(turn_) * 1e9 / stage_.plan.rate)};
    return std::clamp(stage_.began() + after - now, Nanoseconds{0}, kLongestLook);
}

void Crew::bring_back(Nanoseconds now) {
    for (std::size_t i = 0; i < away_.size() && connecting_ < kMostConnecting;) {
        Member& member = *away_[i];
        if (member.returns_at > now) {
            ++i;
            continue;
        }
        away_[i] = away_.back();
        away_.pop_back();
        member.state = Member::State::connecting;
        ++connecting_;
        connecting(member, member.socket.connect(stage_.addresses));
    }
}

// `error` is what Socket::connect() returned.
void Crew::connecting(Member& member, int error) {
    if (error == 0 || error == EINPROGRESS) {
        error = poller_.add(member.socket.descriptor(), EPOLLIN | EPOLLOUT, member.number() / crews_);
        member.wants_room = true;
        if (error == 0) return;
    }
    tally_.note("no connection: " + error_text(error));
    leave(member, false, kComeAgain);
}

void Crew::handle(const epoll_event& event) {
    Member& member = members_[event.data.u64];
    if (member.state == Member::State::away) return;
    if (member.state == Member::State::connecting) {
        if (const int error = member.socket.error()) {
            return connecting(member, member.socket.connect_next(stage_.addresses, error));
        }
        member.connected(static_cast<std::uint32_t>(random_()));
    }
    if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) receive(member);
    if (member.state != Member::State::away) flush(member);
}

void Crew::receive(Member& member) {
    const std::ptrdiff_t bytes = member.socket.receive(buffer_);
    if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (bytes <= 0) return leave(member, false, kComeAgain);
    const std::uint64_t before = tally_.delivered;
    const bool was_greeting = member.state == Member::State::greeting;
    member.received({buffer_.data(), static_cast<std::size_t>(bytes)}, monotonic_now());
    stage_.deliver(tally_.delivered - before);
    if (was_greeting && member.state == Member::State::here) --connecting_;
    if (!member.problem().empty() || member.protocol()->closed_by_server()) {
        if (!member.problem().empty()) tally_.note(member.problem());
        leave(member, false, kComeAgain);
    }
}

void Crew::flush(Member& member) {
    ChatSocket* const protocol = member.protocol();
    if (protocol == nullptr) return;
    const std::string_view out = protocol->unsent();
    const std::ptrdiff_t bytes = out.empty() ? 0 : member.socket.send(out);
    if (bytes > 0) protocol->sent(static_cast<std::size_t>(bytes));
    const bool more = !protocol->unsent().empty();
    if (std::exchange(member.wants_room, more) == more) return;
    poller_.change(member.socket.descriptor(), EPOLLIN | (more ? EPOLLOUT : 0U), member.number() / crews_);
}

void Crew::leave(Member& member, bool on_purpose, Nanoseconds for_how_long) {
    if (member.state != Member::State::here) --connecting_;
    member.lost(on_purpose);
    member.returns_at = monotonic_now() + for_how_long;
    away_.push_back(&member);
}

void Crew::end() {
    for (Member& member : members_) {
        tally_.unanswered += member.unanswered();
        if (ChatSocket* const protocol = member.protocol()) {
            protocol->close();
            member.socket.send(protocol->unsent());
        }
        member.socket.close();
    }
}

}  // namespace station::hammer::talk
