// Where the chat is to those outside: which Origin is its own, what links to it begin with, whether its cookies may
// only travel encrypted. Never changes; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace station::chat {

class Site {
  public:
    // `url`: --chat-url, "https://chat.example.org"; empty: nobody said so, and it is where it is asked, over http.
    static tl::expected<Site, std::string> from(std::string_view url);

    bool is_given() const { return !origin_.empty(); }
    bool is_https() const { return origin_.starts_with("https:"); }
    const std::string& host() const { return host_; }  // without its port; empty where it is not given
    // As browsers send it; `host`: the request's.
    bool is_own_origin(std::string_view origin, std::string_view host) const;
    // What links begin with; `listening`: host and port of the web port.
    std::string beginning(std::string_view listening) const;

  private:
    std::string origin_;  // in lower case, without a default port
    std::string host_;
};

}  // namespace station::chat
