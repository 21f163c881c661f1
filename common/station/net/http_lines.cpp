#include <algorithm>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>
#include <station/net/http_lines.hpp>

namespace station::net {
namespace {

constexpr HttpError kFine{};
constexpr std::size_t kMaxChunkDigits = 16;

HttpError bad(const char* text) { return {400, text}; }

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool is_hex_digit(char c) { return base::is_digit(c) || (base::lower(c) >= 'a' && base::lower(c) <= 'f'); }

// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return base::is_alphanumeric(c) || is_one_of(c, "!#$%&'*+-.^_`|~");
    });
}

// RFC 3986: no spaces, no controls, nothing above ASCII, no fragment. Browsers leave more in it than the RFC allows.
bool is_target(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != '#'; });
}

bool is_host(std::string_view text) {
    return std::ranges::all_of(text,
                               [](char c) { return base::is_alphanumeric(c) || is_one_of(c, "-._~%!$&'()*+;=:[]"); });
}

HttpError check_version(std::string_view version) {
    constexpr std::string_view kName = "HTTP/";
    if (version.size() != kName.size() + 3 || !version.starts_with(kName) || !base::is_digit(version[5]) ||
        version[6] != '.' || !base::is_digit(version[7])) {
        return bad("malformed HTTP version");
    }
    return version[5] == '1' ? kFine : HttpError{505, "only HTTP/1.1 and 1.0 are spoken here"};
}

HttpError check_framing(const HttpRequest& request) {
    const std::size_t codings = request.count("transfer-encoding");
    if (codings == 0) return kFine;
    if (request.count("content-length") > 0) return bad("Content-Length beside Transfer-Encoding");
    if (request.http_1_0) return bad("Transfer-Encoding in HTTP/1.0");
    if (codings > 1) return bad("more than one Transfer-Encoding");
    const std::string_view list = *request.header("transfer-encoding");
    if (is_chunked(list)) return kFine;
    if (is_chunked(list.substr(list.find_last_of(" \t,") + 1))) {
        return {501, "no transfer coding but chunked is known here"};
    }
    return bad("a request's last transfer coding must be chunked");
}

}  // namespace

bool is_chunked(std::string_view coding) { return base::equal_in_either_case(coding, "chunked"); }

HttpError check_line(std::string_view line) {
    if (!line.ends_with("\r\n")) return bad("a line must end with CR LF");
    line.remove_suffix(2);
    const auto is_wrong = [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7F; };
    return std::ranges::any_of(line, is_wrong) ? bad("control character in the head") : kFine;
}

HttpError check_request_line(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (!is_token(line.substr(0, first))) return bad("malformed method");
    if (first == std::string_view::npos) return bad("malformed request line");
    if (first == last) {
        if (is_target(line.substr(first + 1))) return {505, "only HTTP/1.1 and 1.0 are spoken here"};
        return bad("malformed request line");
    }
    if (!is_target(line.substr(first + 1, last - first - 1))) return bad("malformed request target");
    return check_version(line.substr(last + 1));
}

HttpError check_header_line(std::string_view line) {
    if (line.starts_with(' ') || line.starts_with('\t')) return bad("folded header line");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return bad("header line without a colon");
    return is_token(line.substr(0, colon)) ? kFine : bad("malformed header name");
}

std::pair<std::string, std::string> split_header_line(std::string_view line) {
    const std::size_t colon = line.find(':');
    return {base::lower(line.substr(0, colon)), std::string{base::trim(line.substr(colon + 1))}};
}

HttpError read_status_line(std::string_view line, int& status, bool& http_1_0) {
    constexpr std::size_t kVersion = 8;
    constexpr std::size_t kDigits = 3;
    if (const auto error = check_version(line.substr(0, kVersion))) return error;
    http_1_0 = line[kVersion - 1] == '0';
    line.remove_prefix(kVersion);
    if (!line.starts_with(' ')) return bad("malformed status line");
    const auto number = base::parse_number<unsigned>(line.substr(1, kDigits));
    line.remove_prefix(std::min(line.size(), 1 + kDigits));
    if (number.value_or(0) < 100 || !(line.empty() || line.front() == ' ')) return bad("malformed status");
    status = static_cast<int>(*number);
    return kFine;
}

HttpError read_chunk_line(std::string_view line, std::uint64_t& size, std::size_t& extension) {
    const auto end = std::ranges::find_if_not(line, is_hex_digit);
    const auto digits = static_cast<std::size_t>(end - line.begin());
    if (digits == 0 || digits > kMaxChunkDigits) return bad("malformed chunk size");
    size = base::parse_number<std::uint64_t>(line.substr(0, digits), 16).value_or(0);
    extension = line.size() - digits;
    line.remove_prefix(digits);
    return line.empty() || line.front() == ';' ? kFine : bad("malformed chunk size");
}

HttpError check_headers(const HttpRequest& request) {
    const std::size_t hosts = request.count("host");
    if (hosts > 1) return bad("more than one Host");
    if (hosts == 0 && !request.http_1_0) return bad("Host is missing");
    if (hosts == 1 && !is_host(*request.header("host"))) return bad("malformed Host");
    if (request.count("content-length") > 1) return bad("more than one Content-Length");
    return check_framing(request);
}

}  // namespace station::net
