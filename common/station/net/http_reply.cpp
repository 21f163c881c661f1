#include <algorithm>
#include <station/base/numbers.hpp>
#include <station/net/http_framing.hpp>
#include <station/net/http_reply.hpp>
#include <utility>
#include <vector>

namespace station::net {
namespace {

constexpr HttpFraming::Limits kReplyLimits{.max_start_line = 8192, .max_header_bytes = 65536, .max_headers = 256};

}  // namespace

class HttpReply::Impl {
  public:
    Impl(OnBody on_body, bool to_head) : on_body_(std::move(on_body)), to_head_(to_head) {}

    std::size_t feed(std::string_view bytes);
    void end_of_stream();
    const std::string* header(std::string_view name) const;

    int status = 0;
    bool has_head = false;
    bool complete = false;
    bool failed = false;

  private:
    void on(HttpFraming::Event event);
    void on_head();
    bool lengths_hold() const;
    void begin_body();
    std::size_t count(std::string_view name) const;

    HttpFraming framing_{kReplyLimits};
    OnBody on_body_;
    std::vector<std::pair<std::string, std::string>> headers_;
    bool to_head_;
    bool http_1_0_ = false;
};

std::size_t HttpReply::Impl::feed(std::string_view bytes) {
    const std::size_t before = bytes.size();
    while (!complete && !failed) {
        const HttpFraming::Event event = framing_.next(bytes);
        if (event == HttpFraming::Event::need_more) break;
        on(event);
    }
    return before - bytes.size();
}

void HttpReply::Impl::on(HttpFraming::Event event) {
    const std::string_view text = framing_.text();
    switch (event) {
        case HttpFraming::Event::need_more: return;
        case HttpFraming::Event::start_line:
            failed = static_cast<bool>(read_status_line(text, status, http_1_0_));
            return;
        case HttpFraming::Event::field: headers_.push_back(split_header_line(text)); return;
        case HttpFraming::Event::end_of_fields: return on_head();
        case HttpFraming::Event::body: return on_body_(text);
        case HttpFraming::Event::end: complete = true; return;
        case HttpFraming::Event::failed: failed = true; return;
    }
}

void HttpReply::Impl::on_head() {
    if (!lengths_hold()) {
        failed = true;
        return;
    }
    const bool interim = status / 100 == 1 && status != 101;
    if (interim) {
        framing_ = HttpFraming{kReplyLimits};
        headers_.clear();
        return;
    }
    has_head = true;
    begin_body();
}

// Whether the headers tell one length at most (RFC 9112, 6.3), be it of a body that does not come. What the RFC allows
// a client to guess is a failure here.
bool HttpReply::Impl::lengths_hold() const {
    const std::size_t codings = count("transfer-encoding");
    const std::size_t lengths = count("content-length");
    if (codings + lengths > 1) return false;
    if (codings == 1) return !http_1_0_ && is_chunked(*header("transfer-encoding"));
    return lengths == 0 || base::parse_number<std::uint64_t>(*header("content-length"));
}

void HttpReply::Impl::begin_body() {
    const std::string* const length = header("content-length");
    if (to_head_ || status == 101 || status == 204 || status == 304) {
        framing_.no_body();
    } else if (count("transfer-encoding") > 0) {
        framing_.chunked_body();
    } else if (length != nullptr) {
        framing_.sized_body(base::parse_number<std::uint64_t>(*length).value_or(0));
    } else {
        framing_.body_until_end();
    }
}

void HttpReply::Impl::end_of_stream() {
    if (complete) return;
    complete = has_head && !failed && framing_.ends_with_the_stream();
    failed = !complete;
}

std::size_t HttpReply::Impl::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(headers_, [&](const auto& one) { return one.first == name; }));
}

const std::string* HttpReply::Impl::header(std::string_view name) const {
    const auto found = std::ranges::find_if(headers_, [&](const auto& one) { return one.first == name; });
    return found == headers_.end() ? nullptr : &found->second;
}

HttpReply::HttpReply(OnBody on_body, bool to_head) : impl_(std::make_unique<Impl>(std::move(on_body), to_head)) {}
HttpReply::HttpReply(HttpReply&&) noexcept = default;
HttpReply& HttpReply::operator=(HttpReply&&) noexcept = default;
HttpReply::~HttpReply() = default;

std::size_t HttpReply::feed(std::string_view bytes) { return impl_->feed(bytes); }
void HttpReply::end_of_stream() { impl_->end_of_stream(); }
bool HttpReply::has_status() const { return impl_->has_head; }
int HttpReply::status() const { return impl_->status; }
bool HttpReply::complete() const { return impl_->complete; }
bool HttpReply::failed() const { return impl_->failed; }

const std::string& HttpReply::header(std::string_view lower_case_name) const {
    static const std::string kNone;
    const std::string* const value = impl_->header(lower_case_name);
    return value != nullptr ? *value : kNone;
}

}  // namespace station::net
