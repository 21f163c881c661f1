#include "web_port.hpp"

#include <algorithm>
#include <station/base/addresses.hpp>
#include <station/base/text.hpp>
#include <station/net/asio.hpp>

namespace station::final_station {
namespace {

bool is_on_this_machine(const std::string& address) {
    std::error_code error;
    const auto parsed = asio::ip::make_address(address, error);
    if (error) return false;
    if (parsed.is_v6() && parsed.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, parsed.to_v6()).is_loopback();
    }
    return parsed.is_loopback();
}

// "[2001:db8::7]:4711" and "192.0.2.7:4711" are the addresses in them. Empty where it is none.
std::string address_in(std::string_view text) {
    if (text.starts_with('[')) {
        text = text.substr(1, std::min(text.find(']'), text.size()) - 1);
    } else if (std::ranges::count(text, ':') == 1) {
        text = text.substr(0, text.find(':'));
    }
    std::string address{text};
    return base::is_ip_address(address) ? address : std::string{};
}

}  // namespace

bool WebPort::is_open(std::string_view path) const {
    return !open_folder.empty() && path.starts_with(open_folder) &&
           (path.size() == open_folder.size() || path[open_folder.size()] == '/');
}

const WebSocketRoute* WebPort::web_socket(std::string_view path) const {
    const auto found = std::ranges::find(web_sockets, path, &WebSocketRoute::path);
    return found != web_sockets.end() ? &*found : nullptr;
}

// The last one is the proxy's own word; those before it are whatever the client said.
std::string WebPort::client_address(const std::string& peer, const net::HttpRequest& request) const {
    if (!is_behind_proxy || !is_on_this_machine(peer)) return peer;
    std::string_view last;
    for (const auto& [name, value] : request.headers) {
        if (name == "x-forwarded-for") last = value;
    }
    const std::size_t comma = last.rfind(',');
    std::string forwarded = address_in(base::trim(comma == std::string_view::npos ? last : last.substr(comma + 1)));
    return forwarded.empty() ? peer : forwarded;
}

}  // namespace station::final_station
