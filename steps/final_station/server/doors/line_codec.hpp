// The line door: JSON lines over TCP, as the steps of the course speak them (docs/protocol.md, "Lines"). A line that is
// an event goes to the topic `events`; others are control texts. A first line that belongs to an HTTP request is a web
// page's attempt to be a client, and is turned away: a browser sends such a line whatever a page makes it say next.
#pragma once

#include <memory>
#include <station/wire/line_splitter.hpp>

#include "server/session/codec.hpp"
#include "server/station.hpp"

namespace station::final_station {

class IoThread;

class LineCodec final : public Codec {
  public:
    explicit LineCodec(Station& station);

    std::size_t take_in(std::string_view bytes, Requests& requests) override;
    bool inside_message() const override { return lines_.inside_line(); }
    std::size_t kept() const override { return lines_.kept() + last_words_.capacity(); }
    bool is_stranger() const override { return !authorized_; }
    bool takes_half_closed() const override { return true; }

    void put_text(std::string_view text, std::string& out) override;
    void put_error(std::uint64_t stream, std::string_view reason, std::string_view detail, std::string& out) override;
    void put_published(const Reply& reply, const engine::Topic* topic, std::error_code error,
                       std::span<const log::Receipt> receipts, std::string& out) override;
    void put_events(const Subscription& subscription, engine::Cursor::Batch events, std::string& out) override;
    int form_of(EventForm) const override { return -1; }
    std::string answer_query(const Control& control) override;
    std::string_view no_memory() const override;

    void put_own(std::string& out, bool answers_pending) override;
    void say_farewell(Farewell why, std::string_view detail) override;
    bool is_closed() const override { return said_farewell_ && last_words_.empty(); }

  private:
    void take_line(std::string_view line, Requests& requests);
    void take_first_line(std::string_view line, Requests& requests);
    void turn_away(Requests& requests);
    void refuse(std::string_view answer, Requests& requests);

    Station& station_;
    wire::LineSplitter lines_;
    bool first_ = true;  // no line has come yet
    bool authorized_;
    bool said_farewell_ = false;
    bool ended_ = false;  // nothing that still comes is taken in
    std::string last_words_;
};

// std::bad_alloc, and then the socket is closed.
void start_line_session(IoThread& thread, AcceptedSocket accepted);

}  // namespace station::final_station
