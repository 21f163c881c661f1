// One WebSocket of a member: takes what the client says (live_session_requests.cpp), tells it what is new in the rooms
// that it follows, and ends when the member is signed out. What is read from the past and what comes live goes through
// one cursor for each room (follow.hpp). What waits for a client that does not read is bounded: beyond that its rooms
// are read again from where it stands, when it has taken what there is, and a client that takes nothing is let go.
//
//   open        takes requests, tells
//   answering   takes no more; answers what it took
//   closing     has said goodbye; waits for the client's
//   ended
//
// Belongs to its I/O thread, which keeps it alive until it ends. An idle one owns no buffer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <station/net/websocket.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chat/service/caller.hpp"
#include "chat/service/messages.hpp"
#include "engine/memory_account.hpp"
#include "follow.hpp"
#include "live_thread.hpp"
#include "outbox.hpp"
#include "requests.hpp"
#include "server/io_thread.hpp"
#include "server/session/transport.hpp"
#include "server/session/watchdog.hpp"

namespace station::chat {

class Hub;

class LiveSession final : public final_station::Connection,
                          private final_station::TransportUser,
                          private net::WebSocket::Handler,
                          public std::enable_shared_from_this<LiveSession> {
  public:
    using Clock = std::chrono::steady_clock;

    LiveSession(Hub& hub, final_station::IoThread& thread, final_station::AcceptedSocket accepted,
                const Caller& caller);

    // After the upgrade was answered; `first` came behind the request.
    void start(std::string_view first);

    void tick(Clock::time_point now) override;
    void shut_down() override;
    void cut() noexcept override { transport_.close(); }

    // For its LiveThread, which calls send() later.
    const Id& user() const { return caller_.user; }
    const Caller& caller() const { return caller_; }
    bool follows(const Id& room) const { return follows_.contains(room); }
    bool is_slow() const { return waiting() > kMostWaiting; }
    void tell(std::string_view frame);
    void tell_presence(std::shared_ptr<const std::string> frame);
    // A change of a room at the cursor, or not. Whether the frame will be sent.
    bool deliver(Follow& cursor, std::uint64_t sequence, std::string_view frame);
    void forget(const Id& room);
    void sign_out();
    void doom() { doomed_ = true; }  // it has missed something, or there is no memory: it is cut
    void send();

    // A list of those that have something to send.
    void touch(std::shared_ptr<LiveSession>& first) {
        is_touched = true;
        next_touched = std::move(first);
        first = shared_from_this();
    }
    bool is_touched = false;
    std::shared_ptr<LiveSession> next_touched;

  private:
    template <typename Frame>
    void put(Frame&& frame, std::size_t size);
    enum class Phase { open, answering, closing, ended };
    static constexpr std::size_t kMostWaiting = std::size_t{256} << 10;  // bytes, before rooms are told no more
    struct Followed {
        Follow cursor;
        std::uint64_t generation = 0;  // a read for an older one is for nobody
    };
    class RoomRead;
    class Posting;
    class SeenLookup;

    std::size_t take_in(std::string_view bytes) override;
    bool wants_input() const override { return phase_ == Phase::closing || (phase_ == Phase::open && may_take_more()); }
    void input_ended() override { transport_.close(); }
    std::string_view put_output(std::string& out) override;
    void all_sent() override;
    void out_of_memory() noexcept override;
    void closed() noexcept override;

    void on_text(std::string_view text) override;
    void on_binary(std::span<const std::byte> bytes) override;
    bool wants_more() override { return phase_ == Phase::closing || (phase_ == Phase::open && may_take_more()); }

    // In live_session_requests.cpp.
    void on(const Hello& hello);
    void on(const Say& message);
    void on(const Typing& typing);
    void on(const SeenUpTo& seen);
    void on(const Ping& ping);
    bool is_member(const Id& room) const;
    void refuse(std::string_view reason, std::string_view detail,
                const std::optional<std::string>& client_message_id = {});
    void refuse(std::string_view reason);
    void renew();
    void follow(const Id& room, const std::optional<Id>& seen);
    void read_next();
    void was_read(RoomRead& read);
    void was_posted(const Posting& posting);
    std::string shown(const Messages::Posted& posted) const;
    void one_less_under_way();

    final_station::Station& station() const { return thread_.station; }
    bool may_take_more() const;
    std::size_t waiting() const { return outbox_.bytes() + transport_.unsent(); }
    void catch_up();
    bool is_signed_in();
    void let_go(net::CloseCode code, std::string_view why);
    void say_goodbye(net::CloseCode code, std::string_view why);
    void end_by(Clock::time_point when) { end_at_ = std::min(end_at_, when); }
    void take_stock();

    Hub& hub_;
    final_station::IoThread& thread_;
    LiveThread& live_;
    const Caller caller_;
    final_station::OpenConnection counted_;
    net::WebSocket socket_;
    final_station::Transport transport_;
    final_station::Watchdog watchdog_;
    final_station::MemoryAccount::Share kept_;
    Outbox outbox_;
    std::unordered_map<Id, Followed, IdHash> follows_;
    std::vector<Id> to_read_;  // rooms, the next one last
    Phase phase_ = Phase::open;
    bool here_ = false;  // counted as present
    bool doomed_ = false;
    bool behind_ = false;              // some rooms were told no more
    bool presence_due_ = false;        // all of it, since news of it were left out
    std::size_t told_while_slow_ = 0;  // bytes
    unsigned ticks_ = 0;
    unsigned under_way_ = 0;  // requests that are not answered yet
    unsigned reading_ = 0;    // rooms
    std::uint64_t generation_ = 0;
    std::uint64_t messages_ = 0;
    std::uint64_t bytes_counted_in_ = 0;
    std::uint64_t bytes_counted_out_ = 0;
    std::int64_t alive_until_ = 0;  // ns since 1970: when to look at the member's session again
    std::int64_t renew_at_ = 0;
    Clock::time_point end_at_ = Clock::time_point::max();
};

}  // namespace station::chat
