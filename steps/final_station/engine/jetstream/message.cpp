#include "message.hpp"

#include <algorithm>
#include <array>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>
#include <station/log/error.hpp>
#include <station/log/publish.hpp>

namespace station::jetstream {
namespace {

constexpr std::size_t kFrame = 12;             // "NATS/1.0\r\n" and the empty line
constexpr std::size_t kFieldFrame = 4;         // ": " and the line's end
constexpr std::string_view kEmptyValue = "%";  // no escaped text is this
constexpr std::size_t kExpectedRoom = kExpectedField.size() + kFieldFrame + 20;

bool stands_for_itself(char c) { return base::is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

std::optional<std::uint64_t> number_at(std::span<const std::string_view> tokens, std::size_t at) {
    return base::parse_number<std::uint64_t>(tokens[at]);
}

}  // namespace

std::size_t size_of(const Fields& fields) {
    std::size_t size = kFrame;
    for (const auto& [name, value] : fields) size += name.size() + value.size() + kFieldFrame;
    return size;
}

std::string percent_escaped(std::string_view text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : text) {
        if (stands_for_itself(c)) {
            escaped += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        escaped += '%';
        escaped += kDigits[byte >> 4];
        escaped += kDigits[byte & 15];
    }
    return escaped;
}

std::string percent_unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = text[i] == '%' && i + 2 < text.size()
                              ? base::parse_number<std::uint8_t>(text.substr(i + 1, 2), 16)
                              : std::nullopt;
        plain += byte ? static_cast<char>(*byte) : text[i];
        if (byte) i += 2;
    }
    return plain;
}

tl::expected<Fields, std::error_code> encode(const log::EventId& id, std::int64_t time, const log::EventId& writer,
                                             log::Bytes headers, std::size_t payload_size, std::size_t max_payload) {
    Fields fields{{std::string{kIdField}, id.to_text()},
                  {std::string{kTimeField}, std::to_string(time)},
                  {std::string{kWriterField}, writer.to_text()}};
    if (!headers.empty()) {
        const auto all = log::decode_headers(headers);
        if (!all) return tl::unexpected(all.error());
        for (const auto& [name, value] : *all) {
            fields.emplace_back(std::string{kHeaderField} + percent_escaped(name),
                                value.empty() ? std::string{kEmptyValue} : percent_escaped(value));
        }
    }
    const std::size_t size = size_of(fields) + kExpectedRoom;
    if (size > kMaxFieldBytes) return tl::unexpected(make_error_code(log::Errc::headers_too_large));
    if (size + payload_size > max_payload) return tl::unexpected(make_error_code(log::Errc::payload_too_large));
    return fields;
}

log::EventId made_id(std::uint64_t sequence, std::int64_t time) {
    const auto milliseconds = static_cast<std::uint64_t>(time < 0 ? 0 : time) / 1'000'000;
    const std::uint64_t high = milliseconds << 16 | 0x7000U | sequence >> 50;
    const std::uint64_t low = std::uint64_t{0b10} << 62 | (sequence << 12 & ((std::uint64_t{1} << 62) - 1));
    std::array<std::byte, log::EventId::kSize> bytes;
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::byte>(high >> (56 - 8 * i));
        bytes[8 + i] = static_cast<std::byte>(low >> (56 - 8 * i));
    }
    return log::EventId{bytes};
}

Decoded decode(const FieldViews& fields, std::uint64_t sequence, std::int64_t stored_time) {
    Decoded decoded;
    std::optional<log::EventId> id;
    std::optional<std::int64_t> time;
    log::Headers headers;
    for (const auto& [name, value] : fields) {
        if (name == kIdField) {
            id = log::EventId::from_text(value);
        } else if (name == kTimeField) {
            time = base::parse_number<std::int64_t>(value);
        } else if (name == kWriterField) {
            decoded.writer = log::EventId::from_text(value);
        } else if (name.starts_with(kHeaderField)) {
            headers.emplace_back(percent_unescaped(name.substr(kHeaderField.size())),
                                 value == kEmptyValue ? std::string{} : percent_unescaped(value));
        }
    }
    decoded.time = time.value_or(stored_time);
    decoded.id = id.value_or(made_id(sequence, decoded.time));
    if (!headers.empty()) decoded.headers = log::encode_headers(headers);
    return decoded;
}

FieldViews parse_block(std::string_view block) {
    constexpr std::string_view kEnd = "\r\n";
    FieldViews fields;
    const auto first = block.find(kEnd);
    if (!block.starts_with("NATS/1.0") || first == std::string_view::npos) return fields;
    block.remove_prefix(first + kEnd.size());
    while (true) {
        const auto end = block.find(kEnd);
        if (end == 0 || end == std::string_view::npos) return fields;
        const std::string_view line = block.substr(0, end);
        block.remove_prefix(end + kEnd.size());
        const auto colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos) continue;
        fields.emplace_back(line.substr(0, colon), base::trim(line.substr(colon + 1)));
    }
}

std::optional<Place> parse_place(std::string_view reply) {
    constexpr std::size_t kPlain = 9;
    constexpr std::size_t kWithDomain = 11;
    if (!reply.starts_with("$JS.ACK.")) return std::nullopt;
    std::array<std::string_view, kWithDomain> tokens;
    std::size_t count = 0;
    while (count < tokens.size()) {
        const auto dot = reply.find('.');
        tokens[count++] = reply.substr(0, dot);
        if (dot == std::string_view::npos) break;
        reply.remove_prefix(dot + 1);
    }
    if (count != kPlain && count != kWithDomain) return std::nullopt;
    const std::size_t at = count == kPlain ? 5 : 7;
    const auto sequence = number_at(tokens, at);
    const auto delivery = number_at(tokens, at + 1);
    const auto time = base::parse_number<std::int64_t>(tokens[at + 2]);
    const auto pending = number_at(tokens, at + 3);
    if (!sequence || !delivery || !time || !pending || *sequence == 0) return std::nullopt;
    return Place{*sequence, *delivery, *time, *pending, tokens[at - 2]};
}

}  // namespace station::jetstream
