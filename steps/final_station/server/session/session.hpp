// A connection that publishes and subscribes, whatever it speaks: a WebSocket, or JSON lines. What both have in common
// is here: answers in the order of the requests, subscriptions that are read only as fast as the client takes in what
// they give, and backpressure: a client that does not read its answers, or has too much under way, is not read from.
//
//   open        reads, answers, delivers
//   answering   reads no more; answers what was accepted
//   closing     has said goodbye in its protocol's words; waits for the client's
//   lingering   FIN is sent; gives the client a moment to read, and to close first
//
// Belongs to its I/O thread, which keeps it alive until it ends. A session that waits owns no buffer. Where there is no
// memory for its next step it ends, and nobody else does.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "control.hpp"
#include "server/io_thread.hpp"
#include "subscription.hpp"

namespace station::final_station {

class Session : public Connection, public PublishClient, public std::enable_shared_from_this<Session> {
  public:
    Session(IoThread& thread, net::Socket socket, Door door);
    ~Session() override;

    // Begins to read; `first` came before.
    void start(std::string_view first);

    void tick(Clock::time_point now) override;
    void shut_down() override;
    void cut() noexcept override { end(); }
    void add_lag(std::map<std::uint32_t, std::uint64_t>& lag) const override;

    void published(PendingPublish& pending, const log::Topic& topic, std::error_code error,
                   std::span<const log::Receipt> receipts) override;
    void all_published() override {
        guard([this] { pump(); });
    }

  protected:
    enum class Phase { open, answering, closing, lingering, ended };

    // One answer, or the answers to publishes that came together.
    struct Reply : PendingPublish {
        bool as_text = false;       // by a control text, not by frames or by the line door's own words
        bool holds_events = false;  // subscriptions wait until this is sent
        bool lists_topics = false;  // a long answer to a short question: written when there is room for it
        bool done = false;
        std::uint64_t stream = 0;  // as the client named it
        std::string ref;           // raw JSON, or empty
        std::string bytes;         // what goes to the client, where others go first
    };

    // What the protocols do differently.
    virtual void take_in(std::string_view bytes) = 0;
    virtual bool inside_message() const = 0;
    virtual void put_published(const Reply& reply, const log::Topic& topic, std::error_code error,
                               std::span<const log::Receipt> receipts, std::string& out) = 0;
    virtual void put_text(std::string_view text, std::string& out) = 0;
    virtual void put_events(const Subscription& subscription, log::Cursor::Batch events, std::string& out) = 0;
    virtual void put_protocol_output(std::string&) {}
    virtual bool protocol_closing() const { return false; }   // no more events
    virtual bool protocol_finished() const { return false; }  // nor anything else
    virtual void say_goodbye() = 0;
    virtual void end_of_input() = 0;
    virtual void too_slow(std::string_view what) = 0;
    virtual void tick_protocol(Clock::time_point) {}
    virtual std::string answer_query(const Control& control) = 0;
    // The last words of a session that has no memory left, as they go over the wire.
    virtual std::string_view no_memory() const = 0;

    // Messages that came together, none too large.
    void publish(const log::Topic& topic, std::span<const log::Message> messages, Reply reply);
    // In the place of its acknowledgement.
    void refuse(const log::Topic& topic, std::error_code error, Reply reply);
    void answer(std::string_view text, bool holds_events = false);
    // The same, as it goes over the wire.
    void answer_bytes(std::string bytes);
    void answer_topics(std::string ref);

    void handle_control(const Control& control);
    // Subscribes, or says why not, and then nothing has changed.
    tl::expected<log::Start, std::error_code> add_subscription(const log::Topic& topic, const log::StartFrom& from,
                                                               bool meta);
    bool remove_subscription(std::uint64_t stream);

    void pump();
    void end_when_answered();
    void close_by(Clock::time_point when);  // the goodbye is on its way: end then, whatever the client does
    void finish();
    void end() noexcept;

    IoThread& thread() { return thread_; }
    Station& station() const { return thread_.station; }
    Phase phase() const { return phase_; }
    bool answers_pending() const { return !replies_.empty(); }
    bool has_subscriptions() const { return !subscriptions_.empty(); }
    bool blocked() const { return sending_; }
    Clock::time_point last_read() const { return last_read_; }
    Clock::time_point last_sent() const { return last_sent_; }

    std::uint64_t messages_in_ = 0;  // whole ones, counted by the protocols

  private:
    // Does one step.
    template <typename Step>
    void guard(Step&& step) {
        try {
            step();
        } catch (const std::bad_alloc&) {
            end_without_memory();
        }
    }
    void end_without_memory() noexcept;
    void debug(const log::Topic& topic, std::string_view what) const;
    bool overloaded() const;
    void wait_to_read();
    void read(std::error_code error, std::size_t bytes);
    void answer_published(Reply& reply, const log::Topic& topic, std::error_code error,
                          std::span<const log::Receipt> receipts);
    void put_read(Subscription& subscription, const Subscription::Read& read, std::string& out);
    void look_around(Clock::time_point now);
    void take_in_slices(std::string_view input);
    void take_in_left_over();
    void wait_to_send();
    bool send_some();
    void fill(std::string& out);
    void settle();
    void release_answers();
    void check_upload(Clock::time_point now);
    void open_topic(const Control& control);
    void authorize(const Control& control);
    void subscribe(const Control& control);
    void publish_text(const Control& control);

    IoThread& thread_;
    net::Socket socket_;
    OpenConnection counted_;
    Phase phase_ = Phase::open;
    std::deque<Reply> replies_;
    std::vector<std::shared_ptr<Subscription>> subscriptions_;
    std::size_t next_subscription_ = 0;
    std::size_t holding_events_ = 0;  // replies that do
    std::string left_over_;           // read, and too much to take in for now
    std::string unsent_;
    std::size_t unsent_at_ = 0;
    std::size_t sent_this_turn_ = 0;
    std::size_t in_flight_ = 0;        // publishes without an answer,
    std::size_t in_flight_bytes_ = 0;  // and their payloads
    std::uint64_t bytes_read_ = 0;
    std::uint64_t messages_at_mark_ = 0;
    std::uint64_t bytes_at_mark_ = 0;
    Clock::time_point mark_;           // since when the message that is coming in has been watched
    Clock::time_point message_since_;  // the read it came with, where it is the first of that read
    Clock::time_point last_read_;
    Clock::time_point last_sent_;
    Clock::time_point end_at_ = Clock::time_point::max();
    std::array<char, 256> first_bytes_;
    bool in_message_ = false;
    bool reading_ = false;
    bool sending_ = false;
    bool pumping_ = false;
};

}  // namespace station::final_station
