// What requests and replies of HTTP/1.1 have in common (RFC 9112, 2 to 7): lines, fields, and where a body ends. Asked
// for one event after another; what belongs to a later one stays with the caller.
//
// Without I/O. Copies nothing but a line that comes in pieces, holds no more of one than the limits allow, and looks at
// each byte a fixed number of times. Not thread-safe: belongs to its parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <station/net/http_lines.hpp>
#include <string>
#include <string_view>

namespace station::net {

class HttpFraming {
  public:
    struct Limits {
        std::size_t max_start_line;    // bytes, with its end; more is 414
        std::size_t max_header_bytes;  // of all field lines together, with their ends; more is 431
        std::size_t max_headers;       // field lines; more is 431
        std::uint64_t max_body = std::numeric_limits<std::uint64_t>::max();  // bytes in chunks; more is 413
    };
    enum class Event { need_more, start_line, field, end_of_fields, body, end, failed };

    explicit HttpFraming(const Limits& limits) : limits_(limits) {}

    // Takes from the front of `bytes` what the event needs; need_more takes all. After end_of_fields one of the four
    // below is called before the next event; after end and failed nothing is taken any more.
    Event next(std::string_view& bytes);
    void no_body() { place_ = Place::end; }
    void sized_body(std::uint64_t bytes);
    void chunked_body() { place_ = Place::chunk_line; }
    void body_until_end() { place_ = Place::endless_body; }

    // Of start_line and field the line without its end, of body a piece: until the next call, and while `bytes` live.
    std::string_view text() const { return text_; }
    const HttpError& error() const { return error_; }
    // Something of the message has come; the empty line that may stand in front of it is nothing.
    bool begun() const { return place_ != Place::start_line || !line_.empty(); }
    bool ends_with_the_stream() const { return place_ == Place::endless_body; }

  private:
    enum class Place {
        start_line,
        field,
        fields_ended,
        sized_body,
        endless_body,
        chunk_line,
        chunk_data,
        chunk_end,
        trailer,
        end,
        failed
    };

    bool in_data() const;
    Event next_piece(std::string_view& bytes);
    bool take_line(std::string_view& bytes);
    void take_chunk_end(std::string_view& bytes);
    std::size_t line_limit() const;
    void line_too_long();
    Event on_line();
    Event on_start_line();
    Event on_field(std::size_t size);
    void on_chunk_line();
    bool count_header_bytes(std::size_t bytes);
    void fail(HttpError error);

    Limits limits_;
    Place place_ = Place::start_line;
    std::string line_;  // of the line that has begun
    std::string_view text_;
    HttpError error_;
    std::size_t header_bytes_ = 0;
    std::size_t headers_ = 0;
    std::uint64_t left_ = 0;  // of the sized body, or of the chunk
    std::uint64_t body_ = 0;  // bytes of all chunks so far
    bool line_is_used_ = false;
    bool skipped_empty_line_ = false;
};

}  // namespace station::net
