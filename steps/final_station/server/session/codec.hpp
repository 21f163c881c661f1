// What one kind of client speaks: bytes become requests, and answers and events become bytes. A codec knows no socket
// and no session; what it takes in it hands to whoever answers Requests. One for each connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "control.hpp"
#include "reply_queue.hpp"
#include "subscription.hpp"

namespace station::final_station {

// Why a connection is let go, for the codec to say so in its own words.
enum class Farewell { shutting_down, too_slow, unauthorized, answered };

// Who answers what a codec has taken in. Each call is answered in its turn.
class Requests {
  public:
    // Whether the next one may come now: where it may not, the codec takes in no more, and the bytes come again.
    virtual bool ready() = 0;
    virtual void message_came(std::size_t bytes) = 0;  // whole

    // Publishes that follow one another are one request to the log, up to end_run(): payloads stay valid until then.
    virtual void publish(std::uint64_t stream, log::Bytes payload) = 0;
    virtual void publish(std::string_view topic, log::Bytes payload) = 0;  // makes the topic where there is none
    virtual void end_run() = 0;

    virtual void subscribe(std::uint64_t stream, std::uint64_t offset) = 0;
    virtual void unsubscribe(std::uint64_t stream) = 0;
    virtual void control(const Control& control) = 0;
    virtual void answer(std::string_view text) = 0;
    virtual void answer_bytes(std::string bytes) = 0;  // as they go over the wire
    // No more requests: the codec takes in nothing from here on.
    virtual void end_of_requests() = 0;

  protected:
    ~Requests() = default;
};

class Codec {
  public:
    virtual ~Codec() = default;

    // As much of `bytes` as may be taken in now; returns how much that was.
    virtual std::size_t take_in(std::string_view bytes, Requests& requests) = 0;
    virtual bool inside_message() const = 0;
    virtual std::size_t kept() const = 0;               // bytes of what is not whole yet
    virtual bool is_stranger() const { return false; }  // has yet to show a token
    // The client has said its last word, and may be waiting for ours.
    virtual bool takes_half_closed() const = 0;

    virtual void put_text(std::string_view text, std::string& out) = 0;
    // Why a request that came in a frame can't be done.
    virtual void put_error(std::uint64_t stream, std::string_view reason, std::string_view detail,
                           std::string& out) = 0;
    // Receipts of the first ones; the others met the error. `topic` is there where there is a receipt.
    virtual void put_published(const Reply& reply, const engine::Topic* topic, std::error_code error,
                               std::span<const log::Receipt> receipts, std::string& out) = 0;
    virtual void put_events(const Subscription& subscription, engine::Cursor::Batch events, std::string& out) = 0;
    // Subscriptions to a topic for which this is the same get the same bytes.
    virtual int form_of(EventForm form) const = 0;
    // The answer to a `metrics` or a `health`.
    virtual std::string answer_query(const Control& control) = 0;
    // The last words where there is no memory left, as they go over the wire.
    virtual std::string_view no_memory() const = 0;

    // What the protocol itself owes the client: pongs, its part of a closing handshake.
    virtual void put_own(std::string&, bool /*answers_pending*/) {}
    virtual void ping() {}
    virtual void say_farewell(Farewell why, std::string_view detail) = 0;
    virtual bool is_closing() const { return false; }  // no more events
    virtual bool is_closed() const { return false; }   // nor anything else, once put_own() is sent
    virtual bool was_left() const { return false; }    // the client has said goodbye, or broken the rules
};

}  // namespace station::final_station
