#include <station/base/addresses.hpp>
#include <station/base/numbers.hpp>
#include <station/net/endpoint.hpp>

namespace station::net {
namespace {

bool is_bracketed(std::string_view host) { return host.starts_with('[') && host.ends_with(']'); }

}  // namespace

std::string to_string(const Endpoint& endpoint) {
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

bool is_address(const std::string& host) { return base::listening_address(host, 0).has_value(); }

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view written = text.substr(0, colon);
    const std::string host{is_bracketed(written) ? written.substr(1, written.size() - 2) : written};
    const auto port = base::parse_number<std::uint16_t>(text.substr(colon + 1));
    if (port.value_or(0) == 0) return std::nullopt;
    if (!base::is_ip_address(host) && (is_bracketed(written) || !base::is_host_name(host))) return std::nullopt;
    return Endpoint{host, *port};
}

}  // namespace station::net
