#include "http_page.hpp"

#include <memory>
#include <station/net/http_coding.hpp>

#include "http_gate.hpp"

namespace station::final_station {
namespace {

constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\nCache-Control: no-cache\r\n";

struct Representation {
    std::string_view body;
    std::string_view etag;
    std::string_view coding;  // its header
};

std::string answer_page(const HttpExchange& exchange, std::string_view content_type, const Representation& chosen) {
    std::string headers{kPageHeaders};
    headers.append("ETag: ").append(chosen.etag).append("\r\n");
    const std::string* const known = exchange.request.header("if-none-match");
    const bool has_it = known != nullptr && (*known == "*" || known->find(chosen.etag) != std::string::npos);
    if (has_it) return exchange.page(304, content_type, {}, headers, kVariesByCoding);
    return exchange.page(200, content_type, chosen.body, headers.append(chosen.coding), kVariesByCoding);
}

// Two representations of one file are not the same bytes, and so a strong tag must tell them apart (RFC 9110, 8.8.3.3).
std::string gzip_etag(std::string_view etag) { return std::string{etag.substr(0, etag.size() - 1)} + "-gzip\""; }

}  // namespace

HttpRoute::AtOnce page_handler(const UiFile& file) {
    struct Coded {
        std::string body;
        std::string etag;
    };
    const auto coded = std::make_shared<const Coded>(net::gzip_whole(file.body), gzip_etag(file.etag));
    return [&file, coded](const HttpExchange& exchange) {
        const bool wants_gzip = coded->body.size() < file.body.size() && net::prefers_gzip(exchange.request);
        const Representation chosen = wants_gzip ? Representation{coded->body, coded->etag, kGzipCoded}
                                                 : Representation{file.body, file.etag, {}};
        return answer_page(exchange, file.content_type, chosen);
    };
}

}  // namespace station::final_station
