#include <zlib.h>

#include <algorithm>
#include <optional>
#include <station/base/text.hpp>
#include <station/net/deflate.hpp>
#include <station/net/http_coding.hpp>

namespace station::net {
namespace {

constexpr int kFullWeight = 1000;
constexpr int kSmallest = 9;  // zlib's level

// 10 bytes: deflate, no name, no time, compressed as fast as can be, by a system that is not told.
constexpr std::string_view kHead{"\x1f\x8b\x08\0\0\0\0\0\x04\xff", 10};
constexpr std::string_view kEmptyFinalBlock{"\x03\0", 2};

// Thousandths of "0", "0.5", "1.000"; nullopt for all else.
std::optional<int> read_weight(std::string_view text) {
    constexpr std::size_t kLongest = 5;
    if (text.empty() || text.size() > kLongest || (text[0] != '0' && text[0] != '1')) return std::nullopt;
    if (text.size() > 1 && text[1] != '.') return std::nullopt;
    int weight = (text[0] - '0') * kFullWeight;
    int digit_is = kFullWeight / 10;
    for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
        if (!base::is_digit(c)) return std::nullopt;
        weight += (c - '0') * digit_is;
        digit_is /= 10;
    }
    return weight <= kFullWeight ? std::optional{weight} : std::nullopt;
}

struct Weights {
    std::optional<int> gzip;
    std::optional<int> identity;
    std::optional<int> any_other;
};

void read_member(std::string_view member, Weights& weights) {
    const std::size_t semicolon = member.find(';');
    const std::string_view coding = base::trim(member.substr(0, semicolon));
    std::optional<int> weight = kFullWeight;
    if (semicolon != std::string_view::npos) {
        const std::string_view parameter = base::trim(member.substr(semicolon + 1));
        const bool is_weight = parameter.starts_with("q=") || parameter.starts_with("Q=");
        weight = is_weight ? read_weight(parameter.substr(2)) : std::nullopt;
    }
    if (!weight) return;
    // Once there were programs that said x-gzip (RFC 9110, 8.4.1.3).
    if (base::equal_in_either_case(coding, "gzip") || base::equal_in_either_case(coding, "x-gzip")) {
        weights.gzip = weight;
    } else if (base::equal_in_either_case(coding, "identity")) {
        weights.identity = weight;
    } else if (coding == "*") {
        weights.any_other = weight;
    }
}

void append_little_endian(std::uint32_t number, std::string& out) {
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xff);
}

}  // namespace

bool prefers_gzip(const HttpRequest& request) {
    Weights weights;
    for (const auto& [name, value] : request.headers) {
        if (name != "accept-encoding") continue;
        for (std::string_view list = value;;) {
            const std::size_t comma = list.find(',');
            read_member(list.substr(0, comma), weights);
            if (comma == std::string_view::npos) break;
            list.remove_prefix(comma + 1);
        }
    }
    const int gzip = weights.gzip.value_or(weights.any_other.value_or(0));
    const int identity = weights.identity.value_or(weights.any_other.value_or(0));
    return gzip > 0 && gzip >= identity;
}

void GzipPieces::begin(std::string& out) {
    if (!begun_) out += kHead;
    begun_ = true;
}

void GzipPieces::add(std::string_view bytes, std::string& out) {
    if (bytes.empty()) return;
    begin(out);
    shared_deflater(kMostWindowBits).add(bytes, Deflater::Flush::sync, out);
    checksum_ =
        static_cast<std::uint32_t>(crc32_z(checksum_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    length_ += static_cast<std::uint32_t>(bytes.size());
}

void GzipPieces::finish(std::string& out) {
    begin(out);
    out += kEmptyFinalBlock;
    append_little_endian(checksum_, out);
    append_little_endian(length_, out);
}

std::string gzip_whole(std::string_view bytes) {
    std::string out;
    Deflater{Deflater::Format::gzip, kSmallest}.add(bytes, Deflater::Flush::finish, out);
    return out;
}

}  // namespace station::net
