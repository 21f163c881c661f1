// A plain client of the chat's HTTP interface: one connection that is kept, one request at a time. It blocks, for as
// long as it is told at most; one thread uses it at a time. Where the connection was lost, the next request makes one.
#pragma once

#include <chrono>
#include <loadgen/hammer/socket.hpp>
#include <span>
#include <station/base/addresses.hpp>
#include <station/net/endpoint.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace station::hammer::talk {

struct WebAnswer {
    int status = 0;
    std::string cookie;  // what Set-Cookie set, "name=value"; empty where it did not
    std::string body;
};

class WebClient {
  public:
    WebClient(const net::Endpoint& server, std::span<const base::Address> addresses, std::chrono::milliseconds patience)
        : host_(net::to_string(server)), addresses_(addresses), patience_(patience) {}

    // `target`: "/chat/api/me". `body`: JSON; empty: none. The error is why there was no answer.
    tl::expected<WebAnswer, std::string> ask(std::string_view method, std::string_view target,
                                             const std::string& cookie, std::string_view body = {});

  private:
    using Clock = std::chrono::steady_clock;

    tl::expected<void, std::string> connect(Clock::time_point until);
    tl::expected<void, std::string> send(std::string_view bytes, Clock::time_point until);
    tl::expected<WebAnswer, std::string> read_answer(Clock::time_point until);
    tl::expected<void, std::string> read_more(Clock::time_point until);
    bool wait(short events, Clock::time_point until) const;

    std::string host_;
    std::span<const base::Address> addresses_;
    std::chrono::milliseconds patience_;
    Socket socket_;
    bool connected_ = false;
    std::string in_;
};

}  // namespace station::hammer::talk
