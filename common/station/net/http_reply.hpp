// The reply to one request of HTTP/1.1 (RFC 9112), without I/O: bytes in; status, and the body piece by piece, out.
// Heads are limited to 64 KiB and 256 headers, a body is not: nothing of it is kept. Interim replies (100 Continue) are
// passed over.
//
// Not thread-safe: belongs to its connection's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace station::net {

class HttpReply {
  public:
    // Gets the body as it comes; the view holds until the call returns.
    using OnBody = std::function<void(std::string_view piece)>;

    // `to_head`: the request was a HEAD, whose reply tells the length of a body that does not come.
    explicit HttpReply(OnBody on_body, bool to_head = false);
    HttpReply(HttpReply&&) noexcept;
    HttpReply& operator=(HttpReply&&) noexcept;
    ~HttpReply();

    // Takes in bytes up to the reply's end, and says how many. Of an upgrade (101) that is the end of the headers.
    std::size_t feed(std::string_view bytes);
    // The end of a reply whose body has no other; of every other one it is a failure.
    void end_of_stream();

    bool has_status() const;  // the headers are whole
    int status() const;
    bool complete() const;
    bool failed() const;  // no HTTP, or an end before the reply's
    // Empty where there is none; of several the first. Names in lower case.
    const std::string& header(std::string_view lower_case_name) const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::net
