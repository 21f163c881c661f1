// A member's WebSocket to the chat, without I/O: the upgrade with the session's cookie, then texts both ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <station/net/endpoint.hpp>
#include <station/net/websocket.hpp>
#include <string>
#include <string_view>

namespace station::hammer::talk {

class ChatSocket final : net::WebSocket::Handler {
  public:
    class Texts {
      public:
        virtual void on_text(std::string_view text) = 0;  // the view holds until the call returns

      protected:
        ~Texts() = default;
    };

    ChatSocket(const net::Endpoint& server, const std::string& cookie, std::uint32_t seed);

    const std::string& problem() const { return problem_; }  // why it is no good any more; empty while it is

    std::string_view unsent() const { return std::string_view{out_}.substr(sent_); }
    void sent(std::size_t bytes);
    void received(std::string_view bytes, Texts& texts);
    // Once the server has said something.
    void put(std::string_view text);
    void close();
    bool closed_by_server() const { return socket_.close_received(); }
    std::optional<std::uint16_t> close_code() const { return socket_.peer_close_code(); }

  private:
    void on_text(std::string_view text) override { texts_->on_text(text); }
    void on_binary(std::span<const std::byte> bytes) override;
    std::size_t take_head(std::string_view bytes);

    bool upgraded_ = false;
    std::uint32_t mask_;
    net::WebSocket socket_{net::WebSocket::Role::client, {.max_message = std::size_t{64} << 20}};
    std::string head_;
    std::string out_;
    std::size_t sent_ = 0;
    std::string problem_;
    Texts* texts_ = nullptr;
};

}  // namespace station::hammer::talk
