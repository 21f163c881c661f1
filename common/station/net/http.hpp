// Requests of HTTP/1.1 (RFC 9112), without I/O: bytes in, requests out, with every length limited. Reads what the RFC
// says a server must and nothing that it only may: a message that two servers could read differently (a bare LF, a
// folded line, two Hosts, a length beside chunks) is an error. However the bytes are cut, the same comes out.
//
// Not thread-safe: belongs to its connection's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::net {

struct HttpLimits {
    std::size_t max_target = 8192;                // bytes of the request target; more is 414
    std::size_t max_header_bytes = 16384;         // of all header lines together; more is 431
    std::size_t max_headers = 100;                // header lines; more is 431
    std::size_t max_body = std::size_t{1} << 20;  // more is 413, told by Content-Length before a byte of it is read
};

struct HttpRequest {
    std::string method;                                        // as sent: "GET"
    std::string path;                                          // percent-decoded, without the query
    std::string raw_path;                                      // the same as sent: "%2F" ends no segment of it
    std::vector<std::pair<std::string, std::string>> query;    // decoded, in order
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, values trimmed
    std::string body;
    bool http_1_0 = false;
    bool keep_alive = true;
    bool expects_continue = false;  // "Expect: 100-continue"

    // nullptr where there is none; of several the first.
    const std::string* header(std::string_view lower_case_name) const;
    const std::string* parameter(std::string_view name) const;
    std::size_t count(std::string_view lower_case_name) const;  // how often a header is there
    // Whether a comma-separated header has this token, in either case: `Connection: keep-alive, Upgrade`. And whether
    // it has it letter for letter, as the names of WebSocket's subprotocols are compared.
    bool has_token(std::string_view lower_case_name, std::string_view token) const;
    bool has_exact_token(std::string_view lower_case_name, std::string_view token) const;
    // A WebSocket upgrade as RFC 6455, 4.2.1, wants it, or at least something that tries to be one.
    bool wants_websocket() const;
};

class HttpParser {
  public:
    enum class Status { incomplete, headers_complete, complete, failed };

    explicit HttpParser(const HttpLimits& limits = {});
    HttpParser(HttpParser&&) noexcept;
    HttpParser& operator=(HttpParser&&) noexcept;
    ~HttpParser();

    // Takes in bytes up to the end of one request, and says how many. Once complete or failed it takes none until
    // next(). `headers_complete` is told once, before the body, so that "100 Continue" can be sent; feed on.
    // A CONNECT ends with its headers, as an upgrade does that has no body: what follows belongs to another protocol.
    std::size_t feed(std::string_view bytes);
    Status status() const;
    // Some bytes of a request are here, and its end is not.
    bool inside_request() const;

    const HttpRequest& request() const;  // complete, or with its headers only
    int error_status() const;            // failed: 400, 413, 414, 431, 501 or 505
    const char* error_text() const;      // failed: what is wrong, in words

    void next();  // forgets the request

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// "HTTP/1.1 200 OK\r\n" with Date, Content-Type, Content-Length, further headers ("Name: value\r\n" each) and the empty
// line; without Content-Length where the length is nullopt (chunked, told by `headers`).
std::string http_head(int status, std::string_view content_type, std::optional<std::size_t> length,
                      std::string_view headers = {});
std::string http_response(int status, std::string_view content_type, std::string_view body,
                          std::string_view headers = {});
const char* http_status_text(int status);

}  // namespace station::net
