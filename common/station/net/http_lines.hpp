// The lines of a request's head, looked at more strictly than http-parser does: Debian builds it without its strict
// mode, and what two servers in a row read differently is how a request gets smuggled past the first of them.
#pragma once

#include <station/net/http.hpp>

namespace station::net {

// What a request fails with; `status` is 0 where nothing is wrong.
struct HttpError {
    int status = 0;
    const char* text = "";
    explicit operator bool() const { return status != 0; }
};

// A line ends with CR LF, and neither these two nor another control character (but the tab) stands inside of it.
HttpError check_line(std::string_view line);
// "GET /path HTTP/1.1", without its end.
HttpError check_request_line(std::string_view line);
// "Name: value", without its end.
HttpError check_header_line(std::string_view line);
// "1f;name=value", without its end. `extension` gets the length of what follows the number.
HttpError check_chunk_line(std::string_view line, std::size_t& extension);
// What RFC 9112 asks of all headers together: Host (3.2), and how the body's end is told (6.1, 6.3).
HttpError check_headers(const HttpRequest& request);

}  // namespace station::net
