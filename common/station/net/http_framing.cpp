#include <algorithm>
#include <station/base/assertion.hpp>
#include <station/net/http_framing.hpp>
#include <utility>

namespace station::net {
namespace {

constexpr std::size_t kMaxChunkLine = 1024;

// What speaks another protocol seldom sends a newline: its first byte tells.
bool begins_no_message(char c) { return static_cast<unsigned char>(c) < ' ' && c != '\r' && c != '\n'; }

}  // namespace

HttpFraming::Event HttpFraming::next(std::string_view& bytes) {
    STATION_ASSERT(place_ != Place::fields_ended);
    for (;;) {
        if (std::exchange(line_is_used_, false)) line_.clear();
        text_ = {};
        if (place_ == Place::end) return Event::end;
        if (place_ == Place::failed) return Event::failed;
        if (bytes.empty()) return Event::need_more;
        if (in_data()) return next_piece(bytes);
        if (place_ == Place::chunk_end) {
            take_chunk_end(bytes);
        } else if (take_line(bytes)) {
            const Event event = on_line();
            if (event != Event::need_more) return event;
        }
    }
}

bool HttpFraming::in_data() const {
    return place_ == Place::sized_body || place_ == Place::chunk_data || place_ == Place::endless_body;
}

void HttpFraming::sized_body(std::uint64_t bytes) {
    left_ = bytes;
    place_ = bytes == 0 ? Place::end : Place::sized_body;
}

HttpFraming::Event HttpFraming::next_piece(std::string_view& bytes) {
    const bool endless = place_ == Place::endless_body;
    text_ = endless ? bytes : bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    bytes.remove_prefix(text_.size());
    if (endless) return Event::body;
    left_ -= text_.size();
    if (left_ == 0) place_ = place_ == Place::sized_body ? Place::end : Place::chunk_end;
    return Event::body;
}

std::size_t HttpFraming::line_limit() const {
    if (place_ == Place::start_line) return limits_.max_start_line;
    if (place_ == Place::chunk_line) return kMaxChunkLine;
    return limits_.max_header_bytes - header_bytes_ + 2;
}

// Whether text_ is a whole line, in `bytes` where it stands there whole. One that can no longer fit is not waited for.
bool HttpFraming::take_line(std::string_view& bytes) {
    if (!begun() && begins_no_message(bytes.front())) return fail({400, "malformed start of a message"}), false;
    const std::size_t limit = line_limit();
    const std::size_t room = limit - std::min(limit, line_.size());
    const std::size_t newline = bytes.substr(0, room).find('\n');
    if (newline == std::string_view::npos) {
        if (bytes.size() > room) return line_too_long(), false;
        line_ += bytes;
        bytes = {};
        return false;
    }
    text_ = bytes.substr(0, newline + 1);
    bytes.remove_prefix(text_.size());
    if (!line_.empty()) text_ = line_ += text_;
    line_is_used_ = true;
    return true;
}

void HttpFraming::line_too_long() {
    if (place_ == Place::start_line) return fail({414, "request line too long"});
    if (place_ == Place::chunk_line) return fail({400, "chunk line too long"});
    fail({431, "headers too large"});
}

// need_more where the line is no event of its own.
HttpFraming::Event HttpFraming::on_line() {
    const std::size_t size = text_.size();
    if (const auto error = check_line(text_)) return fail(error), Event::need_more;
    text_.remove_suffix(2);
    switch (place_) {
        case Place::start_line: return on_start_line();
        case Place::chunk_line: return on_chunk_line(), Event::need_more;
        default: return on_field(size);
    }
}

HttpFraming::Event HttpFraming::on_start_line() {
    if (!text_.empty()) {
        place_ = Place::field;
        return Event::start_line;
    }
    // RFC 9112, 2.2: one empty line before a message is forgiven.
    if (std::exchange(skipped_empty_line_, true)) fail({400, "empty line in place of a message"});
    return Event::need_more;
}

// Trailers are checked, counted among the headers, and forgotten.
HttpFraming::Event HttpFraming::on_field(std::size_t size) {
    const bool trailer = place_ == Place::trailer;
    if (text_.empty()) {
        place_ = trailer ? Place::end : Place::fields_ended;
        return trailer ? Event::need_more : Event::end_of_fields;
    }
    if (const auto error = check_header_line(text_)) {
        fail(error);
    } else if (++headers_ > limits_.max_headers) {
        fail({431, "too many headers"});
    } else if (count_header_bytes(size) && !trailer) {
        return Event::field;
    }
    return Event::need_more;
}

bool HttpFraming::count_header_bytes(std::size_t bytes) {
    header_bytes_ += bytes;
    if (header_bytes_ <= limits_.max_header_bytes) return true;
    fail({431, "headers too large"});
    return false;
}

void HttpFraming::on_chunk_line() {
    std::size_t extension = 0;
    if (const auto error = read_chunk_line(text_, left_, extension)) return fail(error);
    if (!count_header_bytes(extension)) return;
    if (left_ > limits_.max_body - body_) return fail({413, "body too large"});
    body_ += left_;
    place_ = left_ == 0 ? Place::trailer : Place::chunk_data;
}

void HttpFraming::take_chunk_end(std::string_view& bytes) {
    constexpr std::string_view kEnd = "\r\n";
    const std::size_t size = std::min(bytes.size(), kEnd.size() - line_.size());
    line_ += bytes.substr(0, size);
    bytes.remove_prefix(size);
    if (!kEnd.starts_with(line_)) return fail({400, "a chunk must end with CR LF"});
    if (line_.size() < kEnd.size()) return;
    line_is_used_ = true;
    place_ = Place::chunk_line;
}

void HttpFraming::fail(HttpError error) {
    error_ = error;
    place_ = Place::failed;
}

}  // namespace station::net
