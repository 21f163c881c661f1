#include <http_parser.h>

#include <algorithm>
#include <cstring>
#include <station/base/text.hpp>
#include <station/net/http.hpp>
#include <station/net/http_lines.hpp>
#include <station/net/http_target.hpp>

namespace station::net {
namespace {

constexpr std::size_t kMaxChunkLine = 1024;
constexpr std::size_t kMaxMethodAndVersion = 64;
// http_parser_parse_url() counts in 16 bits.
constexpr std::size_t kMaxTarget = 65000;

std::string_view without_end(std::string_view line) { return line.substr(0, line.size() - 2); }

}  // namespace

// Lines are checked one by one, each as soon as it is whole, and only then given to http-parser; so is what stands
// around the chunks of a body. It never sees half a line, nor one that is wrong.
class HttpParser::Impl {
  public:
    explicit Impl(const HttpLimits& limits) : limits_(limits) { restart(); }

    std::size_t feed(std::string_view bytes);
    void restart();

    Status status_ = Status::incomplete;
    HttpError error_;
    HttpRequest request_;
    bool begun_ = false;

  private:
    enum class Place { request_line, header, sized_body, chunk_line, chunk_data, chunk_end, trailer };

    std::string_view take_line(std::string_view& bytes);
    std::size_t line_limit() const;
    void on_line(std::string_view line);
    void on_request_line(std::string_view line);
    void on_header_line(std::string_view line);
    void on_headers_end(std::string_view line);
    void on_chunk_line(std::string_view line);
    void on_trailer_line(std::string_view line);
    void on_body(std::string_view& bytes);
    void on_chunk_end(std::string_view& bytes);
    bool count_header(std::size_t bytes);
    bool execute(std::string_view bytes);
    void fail(HttpError error);
    void line_too_long();

    static const http_parser_settings& settings();
    static Impl& self(http_parser* parser) { return *static_cast<Impl*>(parser->data); }

    HttpLimits limits_;
    http_parser parser_{};
    Place place_ = Place::request_line;
    std::string line_;  // of the line that has begun
    std::string target_;
    std::size_t header_bytes_ = 0;
    std::size_t headers_ = 0;
    std::uint64_t body_left_ = 0;  // of the sized body, or of the chunk
    bool skipped_empty_line_ = false;
    bool message_complete_ = false;
};

const http_parser_settings& HttpParser::Impl::settings() {
    static const http_parser_settings callbacks = [] {
        http_parser_settings made;
        http_parser_settings_init(&made);
        made.on_url = [](http_parser* parser, const char* at, std::size_t size) {
            self(parser).target_.append(at, size);
            return 0;
        };
        made.on_body = [](http_parser* parser, const char* at, std::size_t size) {
            self(parser).request_.body.append(at, size);
            return 0;
        };
        made.on_chunk_header = [](http_parser* parser) {
            self(parser).body_left_ = parser->content_length;
            return 0;
        };
        made.on_message_complete = [](http_parser* parser) {
            self(parser).message_complete_ = true;
            return 0;
        };
        return made;
    }();
    return callbacks;
}

void HttpParser::Impl::restart() {
    http_parser_init(&parser_, HTTP_REQUEST);
    status_ = Status::incomplete;
    error_ = {};
    request_ = {};
    begun_ = false;
    place_ = Place::request_line;
    line_.clear();
    target_.clear();
    header_bytes_ = headers_ = 0;
    body_left_ = 0;
    skipped_empty_line_ = message_complete_ = false;
}

void HttpParser::Impl::fail(HttpError error) {
    status_ = Status::failed;
    error_ = error;
    request_.keep_alive = false;
}

std::size_t HttpParser::Impl::feed(std::string_view bytes) {
    const std::size_t before = bytes.size();
    if (status_ == Status::headers_complete) status_ = Status::incomplete;
    while (!bytes.empty() && status_ == Status::incomplete) {
        begun_ = true;
        // A callback gets the Impl's address with every call, because it moves with its HttpParser.
        parser_.data = this;
        if (place_ == Place::sized_body || place_ == Place::chunk_data) {
            on_body(bytes);
        } else if (place_ == Place::chunk_end) {
            on_chunk_end(bytes);
        } else if (const auto line = take_line(bytes); !line.empty()) {
            on_line(line);
            line_.clear();
        }
    }
    return before - bytes.size();
}

std::size_t HttpParser::Impl::line_limit() const {
    if (place_ == Place::request_line) return std::min(limits_.max_target, kMaxTarget) + kMaxMethodAndVersion;
    if (place_ == Place::chunk_line) return kMaxChunkLine;
    return limits_.max_header_bytes - header_bytes_ + 2;
}

// A whole line, in `bytes` where it stands there whole, or empty. One that can no longer fit is not waited for.
std::string_view HttpParser::Impl::take_line(std::string_view& bytes) {
    // What speaks another protocol seldom sends a newline.
    if (place_ == Place::request_line && line_.empty() && static_cast<unsigned char>(bytes.front()) < ' ' &&
        bytes.front() != '\r' && bytes.front() != '\n') {
        return fail({400, "malformed method"}), std::string_view{};
    }
    const std::size_t limit = line_limit();
    const std::size_t room = limit - std::min(limit, line_.size());
    const std::size_t newline = bytes.substr(0, room).find('\n');
    if (newline == std::string_view::npos) {
        if (bytes.size() > room) return line_too_long(), std::string_view{};
        line_ += bytes;
        bytes = {};
        return {};
    }
    std::string_view line = bytes.substr(0, newline + 1);
    bytes.remove_prefix(line.size());
    if (!line_.empty()) line = line_ += line;
    return line;
}

void HttpParser::Impl::line_too_long() {
    if (place_ == Place::request_line) return fail({414, "request line too long"});
    if (place_ == Place::chunk_line) return fail({400, "chunk line too long"});
    fail({431, "headers too large"});
}

void HttpParser::Impl::on_line(std::string_view line) {
    if (const auto error = check_line(line)) return fail(error);
    switch (place_) {
        case Place::request_line: return on_request_line(line);
        case Place::chunk_line: return on_chunk_line(line);
        case Place::trailer: return on_trailer_line(line);
        default: return without_end(line).empty() ? on_headers_end(line) : on_header_line(line);
    }
}

void HttpParser::Impl::on_request_line(std::string_view line) {
    if (without_end(line).empty()) {
        // RFC 9112, 2.2: one empty line before a request is forgiven.
        if (skipped_empty_line_) return fail({400, "empty line in place of a request"});
        skipped_empty_line_ = true;
        begun_ = false;
        return;
    }
    if (const auto error = check_request_line(without_end(line))) return fail(error);
    request_.method = line.substr(0, line.find(' '));
    if (line.size() > request_.method.size() + std::min(limits_.max_target, kMaxTarget) + sizeof "  HTTP/1.1\r") {
        return fail({414, "request target too long"});
    }
    if (!execute(line)) return;
    request_.http_1_0 = parser_.http_minor == 0;
    if (!parse_target(target_, parser_.method == HTTP_CONNECT, request_)) {
        return fail({400, "malformed request target"});
    }
    place_ = Place::header;
}

bool HttpParser::Impl::count_header(std::size_t bytes) {
    header_bytes_ += bytes;
    if (header_bytes_ <= limits_.max_header_bytes) return true;
    fail({431, "headers too large"});
    return false;
}

void HttpParser::Impl::on_header_line(std::string_view line) {
    if (const auto error = check_header_line(without_end(line))) return fail(error);
    if (++headers_ > limits_.max_headers) return fail({431, "too many headers"});
    if (!count_header(line.size()) || !execute(line)) return;
    const std::size_t colon = line.find(':');
    request_.headers.emplace_back(base::lower(line.substr(0, colon)), base::trim(without_end(line).substr(colon + 1)));
}

void HttpParser::Impl::on_headers_end(std::string_view line) {
    if (const auto error = check_headers(request_)) return fail(error);
    request_.keep_alive =
        request_.http_1_0 ? request_.has_token("connection", "keep-alive") : !request_.has_token("connection", "close");
    request_.expects_continue = !request_.http_1_0 && request_.has_token("expect", "100-continue");
    if (!execute(line)) return;
    if (message_complete_) {
        status_ = Status::complete;
    } else if (request_.header("transfer-encoding") != nullptr) {
        place_ = Place::chunk_line;
        status_ = Status::headers_complete;
    } else {
        body_left_ = parser_.content_length;
        if (body_left_ > limits_.max_body) return fail({413, "body too large"});
        place_ = Place::sized_body;
        status_ = Status::headers_complete;
    }
}

void HttpParser::Impl::on_body(std::string_view& bytes) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size()));
    body_left_ -= size;
    if (!execute(bytes.substr(0, size))) return;
    bytes.remove_prefix(size);
    if (body_left_ > 0) return;
    if (place_ == Place::chunk_data) {
        place_ = Place::chunk_end;
    } else if (message_complete_) {
        status_ = Status::complete;
    } else {
        fail({400, "malformed body"});
    }
}

void HttpParser::Impl::on_chunk_end(std::string_view& bytes) {
    constexpr std::string_view kEnd = "\r\n";
    const std::size_t size = std::min(bytes.size(), kEnd.size() - line_.size());
    line_ += bytes.substr(0, size);
    bytes.remove_prefix(size);
    if (!kEnd.starts_with(line_)) return fail({400, "a chunk must end with CR LF"});
    if (line_.size() < kEnd.size() || !execute(line_)) return;
    line_.clear();
    place_ = Place::chunk_line;
}

void HttpParser::Impl::on_chunk_line(std::string_view line) {
    std::size_t extension = 0;
    if (const auto error = check_chunk_line(without_end(line), extension)) return fail(error);
    if (!count_header(extension) || !execute(line)) return;
    if (body_left_ > limits_.max_body - request_.body.size()) return fail({413, "body too large"});
    place_ = body_left_ == 0 ? Place::trailer : Place::chunk_data;
}

// Trailers are checked and forgotten. http-parser would take a Content-Length among them for the body's.
void HttpParser::Impl::on_trailer_line(std::string_view line) {
    if (without_end(line).empty()) {
        if (execute(line)) status_ = Status::complete;
        return;
    }
    if (const auto error = check_header_line(without_end(line))) return fail(error);
    if (++headers_ > limits_.max_headers) return fail({431, "too many headers"});
    count_header(line.size());
}

bool HttpParser::Impl::execute(std::string_view bytes) {
    const std::size_t taken = http_parser_execute(&parser_, &settings(), bytes.data(), bytes.size());
    const auto error = HTTP_PARSER_ERRNO(&parser_);
    if (error == HPE_OK && taken == bytes.size()) return true;
    if (error == HPE_INVALID_METHOD) {
        fail({501, "unknown method"});
    } else if (error == HPE_HEADER_OVERFLOW) {
        fail({431, "headers too large"});
    } else {
        fail({400, error == HPE_OK ? "malformed request" : http_errno_description(error)});
    }
    return false;
}

bool HttpParser::inside_request() const {
    return impl_->begun_ && (status() == Status::incomplete || status() == Status::headers_complete);
}

HttpParser::HttpParser(const HttpLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
HttpParser::HttpParser(HttpParser&&) noexcept = default;
HttpParser& HttpParser::operator=(HttpParser&&) noexcept = default;
HttpParser::~HttpParser() = default;

std::size_t HttpParser::feed(std::string_view bytes) { return impl_->feed(bytes); }
HttpParser::Status HttpParser::status() const { return impl_->status_; }
const HttpRequest& HttpParser::request() const { return impl_->request_; }
int HttpParser::error_status() const { return impl_->error_.status; }
const char* HttpParser::error_text() const { return impl_->error_.text; }
void HttpParser::next() { impl_->restart(); }

}  // namespace station::net
