#include <algorithm>
#include <array>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>
#include <station/net/http.hpp>
#include <station/net/http_framing.hpp>
#include <station/net/http_target.hpp>

namespace station::net {
namespace {

constexpr std::size_t kMaxMethodAndVersion = 64;

// IANA's registry, and what HTTP's extensions sent before it. A method that is known nowhere is 501, one that is only
// not offered here 405.
constexpr std::array<std::string_view, 34> kMethods{"ACL",      "BIND",      "CHECKOUT",   "CONNECT",    "COPY",
                                                    "DELETE",   "GET",       "HEAD",       "LINK",       "LOCK",
                                                    "M-SEARCH", "MERGE",     "MKACTIVITY", "MKCALENDAR", "MKCOL",
                                                    "MOVE",     "NOTIFY",    "OPTIONS",    "PATCH",      "POST",
                                                    "PROPFIND", "PROPPATCH", "PURGE",      "PUT",        "REBIND",
                                                    "REPORT",   "SEARCH",    "SOURCE",     "SUBSCRIBE",  "TRACE",
                                                    "UNBIND",   "UNLINK",    "UNLOCK",     "UNSUBSCRIBE"};
static_assert(std::ranges::is_sorted(kMethods));

}  // namespace

class HttpParser::Impl {
  public:
    explicit Impl(const HttpLimits& limits) : limits_(limits), framing_(framing_limits(limits)) {}

    std::size_t feed(std::string_view bytes);
    void restart() { *this = Impl{limits_}; }
    bool begun() const { return framing_.begun(); }

    Status status_ = Status::incomplete;
    HttpError error_;
    HttpRequest request_;

  private:
    static HttpFraming::Limits framing_limits(const HttpLimits& limits) {
        return {limits.max_target + kMaxMethodAndVersion, limits.max_header_bytes, limits.max_headers, limits.max_body};
    }
    void on(HttpFraming::Event event);
    void on_request_line(std::string_view line);
    void on_headers_end();
    void begin_body();
    void fail(HttpError error);

    HttpLimits limits_;
    HttpFraming framing_;
};

std::size_t HttpParser::Impl::feed(std::string_view bytes) {
    const std::size_t before = bytes.size();
    if (status_ == Status::headers_complete) status_ = Status::incomplete;
    while (status_ == Status::incomplete) {
        const HttpFraming::Event event = framing_.next(bytes);
        if (event == HttpFraming::Event::need_more) break;
        on(event);
    }
    return before - bytes.size();
}

void HttpParser::Impl::on(HttpFraming::Event event) {
    const std::string_view text = framing_.text();
    switch (event) {
        case HttpFraming::Event::need_more: return;
        case HttpFraming::Event::start_line: return on_request_line(text);
        case HttpFraming::Event::field: request_.headers.push_back(split_header_line(text)); return;
        case HttpFraming::Event::end_of_fields: return on_headers_end();
        case HttpFraming::Event::body: request_.body += text; return;
        case HttpFraming::Event::end: status_ = Status::complete; return;
        case HttpFraming::Event::failed: return fail(framing_.error());
    }
}

void HttpParser::Impl::on_request_line(std::string_view line) {
    if (const auto error = check_request_line(line)) return fail(error);
    const std::size_t space = line.find(' ');
    const std::string_view target = line.substr(space + 1, line.rfind(' ') - space - 1);
    if (target.size() > limits_.max_target) return fail({414, "request target too long"});
    request_.method = line.substr(0, space);
    if (!std::ranges::binary_search(kMethods, request_.method)) return fail({501, "unknown method"});
    request_.http_1_0 = line.ends_with('0');
    if (!parse_target(target, request_)) fail({400, "malformed request target"});
}

void HttpParser::Impl::on_headers_end() {
    if (const auto error = check_headers(request_)) return fail(error);
    request_.keep_alive =
        request_.http_1_0 ? request_.has_token("connection", "keep-alive") : !request_.has_token("connection", "close");
    request_.expects_continue = !request_.http_1_0 && request_.has_token("expect", "100-continue");
    begin_body();
}

void HttpParser::Impl::begin_body() {
    const std::string* const length = request_.header("content-length");
    const auto bytes = base::parse_number<std::uint64_t>(length != nullptr ? *length : "0");
    if (!bytes) return fail({400, "malformed Content-Length"});
    if (request_.method == "CONNECT") {
        // RFC 9110, 9.3.6: what follows belongs to the tunnel, whatever its headers say of a body; here there is none.
        request_.keep_alive = false;
        return framing_.no_body();
    }
    if (*bytes > limits_.max_body) return fail({413, "body too large"});
    if (request_.header("transfer-encoding") != nullptr) {
        framing_.chunked_body();
    } else if (*bytes > 0) {
        framing_.sized_body(*bytes);
    } else {
        return framing_.no_body();
    }
    status_ = Status::headers_complete;
}

void HttpParser::Impl::fail(HttpError error) {
    status_ = Status::failed;
    error_ = error;
    request_.keep_alive = false;
}

bool HttpParser::inside_request() const {
    return impl_->begun() && (status() == Status::incomplete || status() == Status::headers_complete);
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
