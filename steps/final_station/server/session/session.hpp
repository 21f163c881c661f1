// A connection that publishes and subscribes, whatever it speaks. It puts together what each does one thing: a
// Transport (bytes, and turns), a Codec (what the bytes mean), a ReplyQueue (answers in the order of requests),
// Subscriptions, and a Watchdog (what takes too long). What is here is what happens when: requests are taken while
// there is room for their answers; events go out behind the answers that announce them; the end comes in good order.
//
//   open        takes requests, answers, delivers
//   answering   takes no more; answers what it took
//   closing     has said goodbye in its protocol's words; waits for the client's
//   ended
//
// Belongs to its I/O thread, which keeps it alive until it ends. A session that waits owns no buffer. Where there is no
// memory for its next step it ends, and nobody else does.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec.hpp"
#include "control.hpp"
#include "engine/memory_account.hpp"
#include "following.hpp"
#include "reply_queue.hpp"
#include "server/io_thread.hpp"
#include "subscriptions.hpp"
#include "transport.hpp"
#include "watchdog.hpp"

namespace station::final_station {

class Session final : public Connection,
                      public PublishClient,
                      private TransportUser,
                      private Requests,
                      private TopicNews::Listener,
                      public std::enable_shared_from_this<Session> {
  public:
    Session(IoThread& thread, AcceptedSocket accepted, Door door, std::unique_ptr<Codec> codec,
            const Watchdog::Rules& rules);

    // Begins to read; `first` came before.
    void start(std::string_view first);

    void tick(Clock::time_point now) override;
    void shut_down() override;
    void cut() noexcept override { transport_.close(); }
    void add_lag(std::map<std::uint32_t, std::uint64_t>& lag) const override { subscriptions_.add_lag(lag); }

    void published(PendingPublish& pending, const engine::Topic& topic, std::error_code error,
                   std::span<const log::Receipt> receipts) override;
    void all_published() override { transport_.resume(); }

  private:
    enum class Phase { open, answering, closing, ended };
    // Consecutive publishes to one topic.
    struct Run {
        // A deleted one is found at the beginning of a run, and not at each event.
        bool is_gone() const { return !topic || (messages.empty() && topic->condition() == log::Condition::deleted); }

        std::optional<engine::Topic> topic;
        std::uint64_t stream = 0;  // as the client named it
        std::vector<log::Message> messages;
    };

    std::size_t take_in(std::string_view bytes) override;
    bool wants_input() const override { return phase_ == Phase::closing || (phase_ == Phase::open && may_take_more()); }
    void input_ended() override;
    std::string_view put_output(std::string& out) override;
    void all_sent() override;
    void out_of_memory() noexcept override;
    void closed() noexcept override;

    bool ready() override;
    void message_came(std::size_t bytes) override {
        ++messages_;
        transport_.spend(bytes);
    }
    void publish(std::uint64_t stream, log::Bytes payload) override;
    void publish(std::string_view topic, log::Bytes payload) override;
    void end_run() override;
    void subscribe(std::uint64_t stream, std::uint64_t offset) override;
    void unsubscribe(std::uint64_t stream) override;
    void control(const Control& control) override;
    void answer(std::string_view text) override;
    void answer_bytes(std::string bytes) override;
    void end_of_requests() override;

    Station& station() const { return thread_.station; }
    bool may_take_more() const;
    void add_to_run(const engine::Topic& topic, std::uint64_t stream, log::Bytes payload);
    void hand_over(const engine::Topic& topic, std::span<const log::Message> messages, Reply reply);
    void refuse(const engine::Topic* topic, std::error_code error, Reply reply);
    void release_answers();
    void answer_error(std::uint64_t stream, std::string_view reason, std::string_view detail);
    const TailChunk* share(const Subscriptions::News& news);
    void count_delivery(std::size_t events, bool live, std::int64_t last_time);
    void put_news(const Subscriptions::News& news, std::string& out);
    void take_stock();
    Watchdog::Seen seen() const;

    // In session_requests.cpp: what control texts ask for.
    void carry_out(const Control& control, const Topics::Made& topic);
    template <typename Result>
    std::function<void(Result)> go_on_with(std::function<void(Session&, Result)> then);
    void make_topic(std::string name, std::function<void(Session&, Topics::Made)> then);
    void add_subscription(const engine::Topic& topic, const log::StartFrom& from, EventForm form,
                          std::function<void(Session&, Subscriptions::Added)> then);
    void subscribe(const engine::Topic& topic, const log::StartFrom& from, const Following::Terms& terms);
    void open(const Control& control, const engine::Topic& topic);
    void subscribe(const Control& control, const engine::Topic& topic);
    void publish(const Control& control, const engine::Topic& topic);
    void unsubscribe(const Control& control);
    void authorize(const Control& control);
    void list_topics(const Control& control);

    // In session_following.cpp: several topics at once.
    void topics_came() noexcept override;
    void follow(const Control& control);
    void follow_more();
    bool may_follow_more() const;
    void come_in(const Following::Next& next);
    void look_on();
    void leave(const Control& control);
    bool follows_nothing() const { return subscriptions_.empty() && !following_.has_patterns() && !begins_to_follow(); }
    bool begins_to_follow() const { return following_.is_beginning(); }

    void let_go(Farewell why, std::string_view detail);
    void end_by(Clock::time_point when) { end_at_ = std::min(end_at_, when); }

    IoThread& thread_;
    OpenConnection counted_;
    const std::unique_ptr<Codec> codec_;
    Transport transport_;
    ReplyQueue replies_;
    Subscriptions subscriptions_;
    Following following_;
    Watchdog watchdog_;
    MemoryAccount::Share kept_;
    Run run_;
    Phase phase_ = Phase::open;
    bool waits_for_disk_ = false;  // and the next request for that
    bool has_topics_to_see_ = false;
    bool will_look_on_ = false;
    unsigned ticks_ = 0;
    unsigned asked_ = 0;  // how often ready() was
    std::string ready_;   // answers that may go out
    Farewell farewell_ = Farewell::answered;
    std::uint64_t messages_ = 0;
    std::uint64_t bytes_counted_in_ = 0;
    std::uint64_t bytes_counted_out_ = 0;
    Clock::time_point end_at_ = Clock::time_point::max();
};

}  // namespace station::final_station
