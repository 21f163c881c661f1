#include "http_reply.hpp"

#include <http_parser.h>

#include <algorithm>
#include <map>

namespace station::final_station {

class HttpReply::Impl {
  public:
    explicit Impl(OnBody body) : on_body(std::move(body)) {
        ::http_parser_init(&parser, HTTP_RESPONSE);
        parser.data = this;
        ::http_parser_settings_init(&settings);
        settings.on_header_field = [](http_parser* p, const char* at, std::size_t length) {
            Impl& self = of(p);
            if (self.in_value) self.keep_header();
            self.name.append(at, length);
            return 0;
        };
        settings.on_header_value = [](http_parser* p, const char* at, std::size_t length) {
            of(p).in_value = true;
            of(p).value.append(at, length);
            return 0;
        };
        settings.on_headers_complete = [](http_parser* p) {
            of(p).keep_header();
            of(p).head = true;
            return 0;
        };
        settings.on_body = [](http_parser* p, const char* at, std::size_t length) {
            of(p).on_body({at, length});
            return 0;
        };
        settings.on_message_complete = [](http_parser* p) {
            of(p).complete = true;
            return 0;
        };
    }

    static Impl& of(http_parser* p) { return *static_cast<Impl*>(p->data); }

    void keep_header() {
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        headers.emplace(std::move(name), std::move(value));
        name.clear();
        value.clear();
        in_value = false;
    }

    http_parser parser;
    http_parser_settings settings;
    OnBody on_body;
    std::string name;
    std::string value;
    std::map<std::string, std::string, std::less<>> headers;
    bool in_value = false;
    bool head = false;
    bool complete = false;
    bool failed = false;
};

HttpReply::HttpReply(OnBody on_body) : impl_(std::make_unique<Impl>(std::move(on_body))) {}
HttpReply::HttpReply(HttpReply&&) noexcept = default;
HttpReply& HttpReply::operator=(HttpReply&&) noexcept = default;
HttpReply::~HttpReply() = default;

std::size_t HttpReply::feed(std::string_view bytes) {
    if (impl_->complete || impl_->failed) return 0;
    const std::size_t taken = ::http_parser_execute(&impl_->parser, &impl_->settings, bytes.data(), bytes.size());
    impl_->failed = !impl_->complete && HTTP_PARSER_ERRNO(&impl_->parser) != HPE_OK;
    return taken;
}

void HttpReply::end_of_stream() {
    if (impl_->complete) return;
    ::http_parser_execute(&impl_->parser, &impl_->settings, nullptr, 0);  // the end of a reply without a length
    impl_->failed = !impl_->complete;
}

bool HttpReply::has_status() const { return impl_->head; }
int HttpReply::status() const { return impl_->parser.status_code; }
bool HttpReply::complete() const { return impl_->complete; }
bool HttpReply::failed() const { return impl_->failed; }

const std::string& HttpReply::header(std::string_view lower_case_name) const {
    static const std::string kNone;
    const auto found = impl_->headers.find(lower_case_name);
    return found == impl_->headers.end() ? kNone : found->second;
}

}  // namespace station::final_station
