#include "site.hpp"

#include <station/base/addresses.hpp>
#include <station/base/text.hpp>
#include <station/net/endpoint.hpp>

namespace station::chat {

tl::expected<Site, std::string> Site::from(std::string_view url) {
    Site site;
    if (url.empty()) return site;
    const auto wrong = [&] {
        return tl::unexpected("not an address like https://chat.example.org, without a path: " + std::string{url});
    };
    const std::string text = base::lower(url);
    std::string_view rest = text;
    const bool is_https = rest.starts_with("https://");
    if (!is_https && !rest.starts_with("http://")) return wrong();
    rest.remove_prefix(is_https ? 8 : 7);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    // With a port, whatever was said.
    const bool has_port = rest.find(':', rest.starts_with('[') ? rest.find(']') : 0) != std::string_view::npos;
    const std::string default_port = is_https ? ":443" : ":80";
    const auto endpoint = net::parse_endpoint(std::string{rest} + (has_port ? "" : default_port));
    if (!endpoint) return wrong();
    site.host_ = endpoint->host;
    std::string authority = net::to_string(*endpoint);
    if (authority.ends_with(default_port)) authority.resize(authority.size() - default_port.size());
    site.origin_ = (is_https ? "https://" : "http://") + authority;
    return site;
}

bool Site::is_own_origin(std::string_view origin, std::string_view host) const {
    const std::string given = base::lower(origin);
    if (is_given()) return given == origin_;
    return !host.empty() && given == "http://" + base::lower(host);
}

std::string Site::beginning(std::string_view listening) const {
    return is_given() ? origin_ : "http://" + std::string{listening};
}

}  // namespace station::chat
