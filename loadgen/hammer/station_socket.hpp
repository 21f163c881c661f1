// A client's WebSocket to the station, without I/O: the upgrade; one question in a control text ("open", "subscribe")
// and its answer; then binary frames, several in a message (station.batch.v1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <station/net/endpoint.hpp>
#include <station/net/websocket.hpp>
#include <station/wire/frame.hpp>
#include <string>
#include <string_view>

namespace station::hammer {

class StationSocket final : net::WebSocket::Handler {
  public:
    // What came in once the question was answered. The views hold until the call returns.
    class Frames {
      public:
        virtual void on_frame(const wire::Frame& frame) = 0;
        virtual void on_other(std::string_view what) = 0;  // a text, or a message that is no frames

      protected:
        ~Frames() = default;
    };

    // Without a question it is ready once it is upgraded. The token may be empty.
    StationSocket(const net::Endpoint& server, const std::string& token, std::string question, std::uint32_t seed);

    bool ready() const { return stage_ == Stage::ready; }
    const std::string& problem() const { return problem_; }  // why it never will be; empty while it may

    // From the answer.
    std::uint64_t stream() const { return stream_; }
    std::uint64_t from_offset() const { return from_offset_; }

    std::string_view unsent() const { return std::string_view{out_}.substr(sent_); }
    void sent(std::size_t bytes);
    void received(std::string_view bytes, Frames& frames);
    void put(std::span<const std::byte> frames);  // as one message
    void close();
    bool closed_by_server() const { return socket_.close_received(); }

  private:
    enum class Stage { upgrading, asking, ready };

    void on_text(std::string_view text) override;
    void on_binary(std::span<const std::byte> bytes) override;
    std::size_t take_head(std::string_view bytes);
    void take_answer(std::string_view text);

    Stage stage_ = Stage::upgrading;
    std::string question_;
    std::uint32_t mask_;
    net::WebSocket socket_{net::WebSocket::Role::client, {.max_message = std::size_t{64} << 20}};
    std::string head_;
    std::string out_;
    std::size_t sent_ = 0;
    std::string problem_;
    std::uint64_t stream_ = 0;
    std::uint64_t from_offset_ = 0;
    Frames* frames_ = nullptr;
};

// {"type":"open","topic":…}; a topic's name needs no escaping.
std::string open_question(const std::string& topic);
std::string subscribe_question(const std::string& topic);  // from now on

}  // namespace station::hammer
