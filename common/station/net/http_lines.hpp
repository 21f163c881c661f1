// The lines of a message's head, and what they say together, held to the letter of RFC 9112: what two servers in a row
// read differently is how a request gets smuggled past the first of them.
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
// The name in lower case, the value trimmed, of a line that was checked.
std::pair<std::string, std::string> split_header_line(std::string_view line);
// "HTTP/1.1 200 OK", without its end, and without the reason's words where a server leaves them out.
HttpError read_status_line(std::string_view line, int& status, bool& http_1_0);
// "1f;name=value", without its end. `extension` gets the length of what follows the number.
HttpError read_chunk_line(std::string_view line, std::uint64_t& size, std::size_t& extension);
bool is_chunked(std::string_view coding);
// What RFC 9112 asks of all headers together: Host (3.2), and how the body's end is told (6.1, 6.3).
HttpError check_headers(const HttpRequest& request);

}  // namespace station::net
