#include <algorithm>
#include <array>
#include <ctime>
#include <station/net/http.hpp>

namespace station::net {
namespace {

struct StatusText {
    int status;
    const char* text;
};

// IANA's registry, in order.
constexpr auto kStatusTexts = std::to_array<StatusText>({{100, "Continue"},
                                                         {101, "Switching Protocols"},
                                                         {102, "Processing"},
                                                         {103, "Early Hints"},
                                                         {200, "OK"},
                                                         {201, "Created"},
                                                         {202, "Accepted"},
                                                         {203, "Non-Authoritative Information"},
                                                         {204, "No Content"},
                                                         {205, "Reset Content"},
                                                         {206, "Partial Content"},
                                                         {300, "Multiple Choices"},
                                                         {301, "Moved Permanently"},
                                                         {302, "Found"},
                                                         {303, "See Other"},
                                                         {304, "Not Modified"},
                                                         {307, "Temporary Redirect"},
                                                         {308, "Permanent Redirect"},
                                                         {400, "Bad Request"},
                                                         {401, "Unauthorized"},
                                                         {402, "Payment Required"},
                                                         {403, "Forbidden"},
                                                         {404, "Not Found"},
                                                         {405, "Method Not Allowed"},
                                                         {406, "Not Acceptable"},
                                                         {407, "Proxy Authentication Required"},
                                                         {408, "Request Timeout"},
                                                         {409, "Conflict"},
                                                         {410, "Gone"},
                                                         {411, "Length Required"},
                                                         {412, "Precondition Failed"},
                                                         {413, "Content Too Large"},
                                                         {414, "URI Too Long"},
                                                         {415, "Unsupported Media Type"},
                                                         {416, "Range Not Satisfiable"},
                                                         {417, "Expectation Failed"},
                                                         {421, "Misdirected Request"},
                                                         {422, "Unprocessable Content"},
                                                         {423, "Locked"},
                                                         {424, "Failed Dependency"},
                                                         {425, "Too Early"},
                                                         {426, "Upgrade Required"},
                                                         {428, "Precondition Required"},
                                                         {429, "Too Many Requests"},
                                                         {431, "Request Header Fields Too Large"},
                                                         {451, "Unavailable For Legal Reasons"},
                                                         {500, "Internal Server Error"},
                                                         {501, "Not Implemented"},
                                                         {502, "Bad Gateway"},
                                                         {503, "Service Unavailable"},
                                                         {504, "Gateway Timeout"},
                                                         {505, "HTTP Version Not Supported"},
                                                         {507, "Insufficient Storage"},
                                                         {511, "Network Authentication Required"}});

// RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT". Not strftime(), whose names are the locale's.
std::string http_date(std::time_t now) {
    constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::tm utc{};
    gmtime_r(&now, &utc);
    const auto name = [](std::string_view names, int i) { return names.substr(3 * static_cast<std::size_t>(i), 3); };
    const auto digits = [](int value) {
        return std::string{static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
    };
    std::string date{name(kDays, utc.tm_wday)};
    date += ", " + digits(utc.tm_mday) + ' ';
    date += name(kMonths, utc.tm_mon);
    date += ' ' + std::to_string(utc.tm_year + 1900) + ' ' + digits(utc.tm_hour) + ':' + digits(utc.tm_min) + ':';
    return date + digits(utc.tm_sec) + " GMT";
}

// It changes once a second, and stands in every response.
const std::string& date_now() {
    thread_local std::time_t second = 0;
    thread_local std::string date;
    if (const std::time_t now = std::time(nullptr); now != second || date.empty()) {
        second = now;
        date = http_date(now);
    }
    return date;
}

}  // namespace

const char* http_status_text(int status) {
    const auto found = std::ranges::lower_bound(kStatusTexts, status, {}, &StatusText::status);
    return found != kStatusTexts.end() && found->status == status ? found->text : "Unknown";
}

std::string http_head(int status, std::string_view content_type, std::optional<std::size_t> length,
                      std::string_view headers) {
    std::string head =
        "HTTP/1.1 " + std::to_string(status) + ' ' + http_status_text(status) + "\r\nDate: " + date_now() + "\r\n";
    if (!content_type.empty()) {
        head += "Content-Type: ";
        head += content_type;
        head += "\r\n";
    }
    if (length) head += "Content-Length: " + std::to_string(*length) + "\r\n";
    head += headers;
    return head + "\r\n";
}

std::string http_response(int status, std::string_view content_type, std::string_view body, std::string_view headers) {
    return http_head(status, content_type, body.size(), headers).append(body);
}

}  // namespace station::net
