// The reply to one HTTP request, without I/O: bytes in; status, and the body piece by piece, out. http-parser reads it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace station::final_station {

class HttpReply {
  public:
    // Gets the body as it comes; the view holds until the call returns.
    using OnBody = std::function<void(std::string_view piece)>;

    explicit HttpReply(OnBody on_body);
    HttpReply(HttpReply&&) noexcept;
    HttpReply& operator=(HttpReply&&) noexcept;
    ~HttpReply();

    // Takes in bytes up to the reply's end, and says how many. Of an upgrade that is the end of the headers.
    std::size_t feed(std::string_view bytes);
    void end_of_stream();

    bool has_status() const;  // the headers are whole
    int status() const;
    bool complete() const;
    bool failed() const;  // no HTTP, or an end before the reply's
    // Empty where there is none; names in lower case.
    const std::string& header(std::string_view lower_case_name) const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::final_station
