// A second opinion on HTTP, where http-parser is installed: an older and more lenient reader. What ours takes for a
// message it must take for the same one; what ours refuses says nothing.
#pragma once

#include <station/base/text.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz.hpp"

#if defined(STATION_HAS_HTTP_PARSER)
#include <http_parser.h>
#endif

namespace station::fuzz {

// A message as text, so that two readers' can be compared: start, "name: value" lines, an empty line, the body.
using Messages = std::vector<std::string>;

#if defined(STATION_HAS_HTTP_PARSER)

class HttpOracle {
  public:
    explicit HttpOracle(http_parser_type type) {
        http_parser_init(&parser_, type);
        parser_.data = this;
        http_parser_settings_init(&settings_);
        settings_.on_header_field = [](http_parser* parser, const char* at, std::size_t size) {
            HttpOracle& self = of(parser);
            if (self.in_value_) self.end_header();
            self.name_.append(at, size);
            return 0;
        };
        settings_.on_header_value = [](http_parser* parser, const char* at, std::size_t size) {
            of(parser).in_value_ = true;
            of(parser).value_.append(at, size);
            return 0;
        };
        settings_.on_headers_complete = [](http_parser* parser) {
            of(parser).head_is_whole();
            return 0;
        };
        settings_.on_body = [](http_parser* parser, const char* at, std::size_t size) {
            of(parser).body_.append(at, size);
            return 0;
        };
        settings_.on_message_complete = [](http_parser* parser) {
            of(parser).message_is_whole();
            return 0;
        };
    }
    HttpOracle(const HttpOracle&) = delete;
    HttpOracle& operator=(const HttpOracle&) = delete;

    void read(std::string_view bytes) {
        while (!bytes.empty() && HTTP_PARSER_ERRNO(&parser_) == HPE_OK) {
            const std::size_t taken = http_parser_execute(&parser_, &settings_, bytes.data(), bytes.size());
            bytes.remove_prefix(taken);
            if (taken == 0) break;
        }
    }
    void end_of_stream() { http_parser_execute(&parser_, &settings_, nullptr, 0); }

    Messages messages;

  private:
    static HttpOracle& of(http_parser* parser) { return *static_cast<HttpOracle*>(parser->data); }

    void end_header() {
        if (!name_.empty()) lines_ += '\n' + base::lower(name_) + ": " + std::string{base::trim(value_)};
        name_.clear();
        value_.clear();
        in_value_ = false;
    }
    void head_is_whole() {
        end_header();
        const auto method = static_cast<http_method>(parser_.method);
        head_ = parser_.type == HTTP_REQUEST ? http_method_str(method) : std::to_string(parser_.status_code);
        head_ += lines_;
        lines_.clear();
    }
    void message_is_whole() {
        messages.push_back(head_ + "\n\n" + body_);
        // Trailers come as headers do, behind the head.
        for (std::string* text : {&name_, &value_, &head_, &lines_, &body_}) text->clear();
        in_value_ = false;
    }

    http_parser parser_;
    http_parser_settings settings_;
    std::string name_, value_, lines_, head_, body_;
    bool in_value_ = false;
};

// It takes a name that only begins with "Transfer-Encoding" for that header, a tab behind "chunked" for a part of it,
// and a Content-Length among the trailers for the body's.
inline bool misleads_oracle(std::string_view bytes) {
    const std::string text = base::lower(bytes);
    const std::string_view name = "transfer-encoding";
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
        const std::string_view rest = std::string_view{text}.substr(at + name.size());
        if (!rest.starts_with(':') || rest.substr(0, rest.find('\n')).find('\t') != std::string_view::npos) return true;
        if (rest.find("content-length") != std::string_view::npos) return true;
    }
    return false;
}

inline void compare_with_oracle(const Messages& ours, std::string_view bytes) {
    if (misleads_oracle(bytes)) return;
    HttpOracle oracle{HTTP_REQUEST};
    oracle.read(bytes);
    require(oracle.messages.size() >= ours.size(), "http-parser finds each message that ours finds");
    for (std::size_t i = 0; i < ours.size(); ++i) {
        require(oracle.messages[i] == ours[i], "http-parser reads the same message");
    }
}

inline void compare_reply_with_oracle(int status, std::string_view body, std::string_view bytes) {
    if (misleads_oracle(bytes)) return;
    HttpOracle oracle{HTTP_RESPONSE};
    oracle.read(bytes);
    oracle.end_of_stream();
    require(!oracle.messages.empty(), "http-parser finds the reply that ours finds");
    const std::string& found = oracle.messages.front();
    require(found.starts_with(std::to_string(status)), "http-parser reads the same status");
    require(found.substr(found.find("\n\n") + 2) == body, "http-parser reads the same body");
}

#else

inline void compare_with_oracle(const Messages&, std::string_view) {}
inline void compare_reply_with_oracle(int, std::string_view, std::string_view) {}

#endif

}  // namespace station::fuzz
