#include <http_parser.h>

#include <ctime>
#include <station/net/http.hpp>

namespace station::net {
namespace {

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

const char* http_status_text(int status) { return http_status_str(static_cast<http_status>(status)); }

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
