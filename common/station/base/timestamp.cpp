#include <chrono>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>
#include <station/base/timestamp.hpp>

namespace station::base {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kNanoDigits = 9;

// Reads a text from left to right; whoever asks for what is not there gets nothing, from then on.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool at_end() const { return ok_ && rest_.empty(); }

    int digits(std::size_t count) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const char c = next();
            if (!is_digit(c)) ok_ = false;
            value = 10 * value + (c - '0');
        }
        return ok_ ? value : 0;
    }
    void expect(char wanted) { ok_ = lower(next()) == lower(wanted) && ok_; }
    bool skip(char wanted) {
        if (rest_.empty() || lower(rest_.front()) != lower(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    // The nanoseconds of what stands behind the point.
    std::int64_t fraction() {
        std::int64_t nanos = 0;
        std::size_t count = 0;
        for (; !rest_.empty() && is_digit(rest_.front()) && count < kNanoDigits; ++count)
            nanos = 10 * nanos + digits(1);
        if (count == 0) ok_ = false;
        for (; count < kNanoDigits; ++count) nanos *= 10;
        return nanos;
    }

  private:
    char next() {
        if (rest_.empty()) {
            ok_ = false;
            return '\0';
        }
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    std::string_view rest_;
    bool ok_ = true;
};

// In seconds east of Greenwich.
std::optional<int> read_zone(Reader& reader) {
    if (reader.skip('Z')) return 0;
    const bool west = reader.skip('-');
    if (!west) reader.expect('+');
    const int hours = reader.digits(2);
    reader.expect(':');
    const int minutes = reader.digits(2);
    if (hours > 23 || minutes > 59) return std::nullopt;
    const int seconds = 60 * (60 * hours + minutes);
    return west ? -seconds : seconds;
}

std::optional<std::int64_t> to_nanos(std::int64_t seconds, std::int64_t fraction) {
    std::int64_t nanos = 0;
    // Before 1970 the fraction still counts upwards: the second before it begins is one that fits.
    if (seconds < 0) {
        ++seconds;
        fraction -= kSecond;
    }
    if (__builtin_mul_overflow(seconds, kSecond, &nanos)) return std::nullopt;
    if (__builtin_add_overflow(nanos, fraction, &nanos)) return std::nullopt;
    return nanos;
}

std::int64_t nanos_of_unit(std::string_view unit) {
    constexpr std::int64_t kMinute = 60 * kSecond;
    if (unit == "ms") return kSecond / 1000;
    if (unit == "s") return kSecond;
    if (unit == "m") return kMinute;
    if (unit == "h") return 60 * kMinute;
    if (unit == "d") return 24 * 60 * kMinute;
    return 0;
}

std::optional<std::int64_t> parse_ago(std::string_view text, std::int64_t now) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    const auto number = parse_number<std::int64_t>(text.substr(0, digits));
    const std::int64_t unit = nanos_of_unit(text.substr(digits));
    std::int64_t span = 0;
    std::int64_t time = 0;
    if (!number || unit == 0 || __builtin_mul_overflow(*number, unit, &span)) return std::nullopt;
    if (__builtin_sub_overflow(now, span, &time)) return std::nullopt;
    return time;
}

// Seconds are 10 digits today, and 12 in thirty thousand years; the other units follow by thousands.
tl::expected<std::int64_t, std::string> judge_number(std::int64_t number) {
    constexpr std::int64_t kLeast = 100'000'000'000'000'000;
    if (number >= kLeast) return number;
    if (number < 0) return tl::unexpected(std::string{"is before 1970: nanoseconds since then are meant"});
    const char* const unit = number < kLeast / 1'000'000 ? "seconds"
                             : number < kLeast / 1000    ? "milliseconds"
                                                         : "microseconds";
    return tl::unexpected("looks like " + std::string{unit} + ": nanoseconds are meant");
}

}  // namespace

std::int64_t unix_nanos() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
    using namespace std::chrono;
    Reader reader{text};
    const int year_number = reader.digits(4);
    reader.expect('-');
    const int month_number = reader.digits(2);
    reader.expect('-');
    const int day_number = reader.digits(2);
    if (!reader.skip(' ')) reader.expect('T');
    const int hours_of_day = reader.digits(2);
    reader.expect(':');
    const int minutes_of_hour = reader.digits(2);
    reader.expect(':');
    const int seconds_of_minute = reader.digits(2);
    const std::int64_t fraction = reader.skip('.') ? reader.fraction() : 0;
    const auto east = read_zone(reader);
    const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                              day{static_cast<unsigned>(day_number)}};
    if (!reader.at_end() || !east || !date.ok()) return std::nullopt;
    if (hours_of_day > 23 || minutes_of_hour > 59 || seconds_of_minute > 59) return std::nullopt;
    const std::int64_t days = sys_days{date}.time_since_epoch().count();
    const std::int64_t seconds_since_1970 =
        86400 * days + 3600 * hours_of_day + 60 * minutes_of_hour + seconds_of_minute;
    return to_nanos(seconds_since_1970 - *east, fraction);
}

tl::expected<std::int64_t, std::string> parse_time(std::string_view text, std::int64_t now) {
    constexpr std::string_view kAgo = "ago:";
    if (const auto number = parse_number<std::int64_t>(text)) return judge_number(*number);
    if (const auto time = parse_rfc3339(text)) return *time;
    if (text.starts_with(kAgo)) {
        if (const auto time = parse_ago(text.substr(kAgo.size()), now)) return *time;
        return tl::unexpected(std::string{"ago takes a whole number and its unit (ms, s, m, h or d), like ago:90s"});
    }
    return tl::unexpected(
        std::string{"a time is RFC 3339 with its offset, like 2026-11-27T10:00:00Z, or ago:90s, or nanoseconds"});
}

}  // namespace station::base
