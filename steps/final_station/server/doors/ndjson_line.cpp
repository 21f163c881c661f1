#include "ndjson_line.hpp"

#include <algorithm>
#include <station/base/base64.hpp>
#include <station/base/utf8.hpp>
#include <station/wire/json.hpp>

namespace station::final_station {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

bool stays(char c) { return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\'; }

void put_escape(char c, std::string& out) {
    constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
    constexpr std::string_view kNames = "\"\\bfnrt";
    out += '\\';
    if (const std::size_t at = kNamed.find(c); at != std::string_view::npos) {
        out += kNames[at];
    } else {
        out += "u00";
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[static_cast<unsigned char>(c) & 15];
    }
}

// Of text that is UTF-8, wherever it was cut.
void put_escaped(std::string_view text, std::string& out) {
    while (!text.empty()) {
        const auto end = std::ranges::find_if_not(text, stays);
        const auto plain = static_cast<std::size_t>(end - text.begin());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) return;
        put_escape(text.front(), out);
        text.remove_prefix(1);
    }
}

}  // namespace

NdjsonLine::NdjsonLine(std::string_view topic, const log::Record& event) {
    const std::string_view payload = log::as_text(event.payload);
    const bool is_text = base::is_utf8(payload);
    // A topic's name needs no escaping.
    head_.append(R"({"topic":")").append(topic).append(R"(","offset":)").append(std::to_string(event.offset));
    head_.append(R"(,"id":")").append(event.id.to_text()).append(R"(","time":)").append(std::to_string(event.time));
    head_.append(is_text ? R"(,"payload":")" : R"(,"payload_base64":")");
    parts_ = {{head_, Form::as_it_is}, {payload, is_text ? Form::escaped : Form::base64}};
    add_headers(event.headers);
    std::string_view end = "\"}}\n";
    if (headers_.empty()) end = event.headers.empty() ? "\"}\n" : "\",\"headers\":{}}\n";
    parts_.push_back({end, Form::as_it_is});
}

void NdjsonLine::add_headers(log::Bytes headers) {
    if (headers.empty()) return;
    headers_ = log::decode_headers(headers).value_or(log::Headers{});
    std::string_view before = R"(","headers":{")";
    for (auto& [key, value] : headers_) {
        parts_.push_back({before, Form::as_it_is});
        add_text(key);
        parts_.push_back({R"(":")", Form::as_it_is});
        add_text(value);
        before = R"(",")";
    }
}

// What is no UTF-8 is told as far as it is.
void NdjsonLine::add_text(std::string& text) {
    const bool is_text = base::is_utf8(text);
    if (!is_text) text = wire::escape_json(text);
    parts_.push_back({text, is_text ? Form::escaped : Form::as_it_is});
}

bool NdjsonLine::put(std::string& out, std::size_t full) {
    do {
        put_piece(out);
    } while (part_ < parts_.size() && out.size() < full);
    return part_ == parts_.size();
}

void NdjsonLine::put_piece(std::string& out) {
    static_assert(kPiece % 3 == 0, "base64 goes on without a filler");
    Part& part = parts_[part_];
    const std::string_view piece = part.text.substr(0, kPiece);
    part.text.remove_prefix(piece.size());
    switch (part.form) {
        case Form::as_it_is: out += piece; break;
        case Form::escaped: put_escaped(piece, out); break;
        case Form::base64: out += base::base64(piece); break;
    }
    if (part.text.empty()) ++part_;
}

}  // namespace station::final_station
