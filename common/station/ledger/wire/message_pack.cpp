#include <station/ledger/wire/message_pack.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <station/ledger/wire/detail/integer.hpp>
#include <station/ledger/wire/detail/item.hpp>

namespace station::ledger {
namespace {

using detail::Item;
using detail::Kind;
using detail::Width;
using detail::width_of;

void put_head(std::vector<std::byte>& out, unsigned format, std::uint64_t number, unsigned width) {
    std::array<std::byte, 9> bytes;
    out.insert(out.end(), bytes.data(), detail::put_head(bytes.data(), format, number, width));
}

// How many bytes the item has in its shortest form, without what a container holds. Integers are read elsewhere.
std::size_t shortest_size(const Item& item) {
    const std::uint64_t number = item.number;
    const std::size_t width = width_of(number).bytes;
    switch (item.kind) {
        case Kind::nil:
        case Kind::boolean: return 1;
        case Kind::float64: return 9;
        case Kind::string: return (number < 32 ? 1 : 1 + width) + number;
        case Kind::binary: return 1 + width + number;
        case Kind::array:
        case Kind::map: return number < 16 ? 1 : 1 + std::max<std::size_t>(2, width);
        default: return 0;
    }
}

// An item of this kind in its shortest form, or the reader has failed and it is zero.
Item take_shortest(PackReader& reader, Kind kind) {
    const Bytes rest = reader.rest();
    const std::byte* at = rest.data();
    Item item;
    const bool taken = detail::take_item(at, rest.data() + rest.size(), item);
    const auto size = static_cast<std::size_t>(at - rest.data());
    if (!taken || item.kind != kind || size != shortest_size(item)) {
        reader.fail();
        return {};
    }
    reader.take(size);
    return item;
}

}  // namespace

void PackWriter::nil() { put_head(out_, 0xc0, 0, 0); }

void PackWriter::boolean(bool value) { put_head(out_, value ? 0xc3 : 0xc2, 0, 0); }

void PackWriter::unsigned_integer(std::uint64_t value) {
    std::array<std::byte, detail::kMaxInteger> bytes;
    out_.insert(out_.end(), bytes.data(), detail::put_unsigned(bytes.data(), value));
}

void PackWriter::integer(std::int64_t value) {
    std::array<std::byte, detail::kMaxInteger> bytes;
    out_.insert(out_.end(), bytes.data(), detail::put_integer(bytes.data(), value));
}

void PackWriter::floating(double value) { put_head(out_, 0xcb, std::bit_cast<std::uint64_t>(value), 8); }

void PackWriter::string(std::string_view value) {
    const Width width = width_of(value.size());
    if (value.size() < 32) {
        put_head(out_, 0xa0 + static_cast<unsigned>(value.size()), 0, 0);
    } else {
        put_head(out_, 0xd9 + width.step, value.size(), width.bytes);
    }
    raw(log::as_bytes(value));
}

void PackWriter::binary(Bytes value) {
    const Width width = width_of(value.size());
    put_head(out_, 0xc4 + width.step, value.size(), width.bytes);
    raw(value);
}

void PackWriter::array(std::uint32_t size) {
    if (size < 16) return put_head(out_, 0x90 + size, 0, 0);
    put_head(out_, size <= 0xFFFF ? 0xdc : 0xdd, size, size <= 0xFFFF ? 2 : 4);
}

void PackWriter::map(std::uint32_t size) {
    if (size < 16) return put_head(out_, 0x80 + size, 0, 0);
    put_head(out_, size <= 0xFFFF ? 0xde : 0xdf, size, size <= 0xFFFF ? 2 : 4);
}

void PackWriter::extension(std::int8_t type, Bytes value) {
    const Width width = width_of(value.size());
    if (std::has_single_bit(value.size()) && value.size() <= 16) {
        put_head(out_, 0xd4 + static_cast<unsigned>(std::countr_zero(value.size())), 0, 0);
    } else {
        put_head(out_, 0xc7 + width.step, value.size(), width.bytes);
    }
    out_.push_back(static_cast<std::byte>(type));
    raw(value);
}

void PackWriter::raw(Bytes encoded) { out_.insert(out_.end(), encoded.begin(), encoded.end()); }

void PackReader::fail() {
    ok_ = false;
    rest_ = {};
}

void PackReader::go_on_at(const std::byte* next) {
    if (next == nullptr) return fail();
    rest_ = {next, rest_.data() + rest_.size()};
}

Bytes PackReader::take(std::size_t size) {
    if (size > rest_.size()) {
        fail();
        return {};
    }
    const Bytes taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
}

bool PackReader::nil() {
    if (rest_.empty() || rest_.front() != std::byte{0xc0}) return false;
    rest_ = rest_.subspan(1);
    return true;
}

bool PackReader::boolean() { return take_shortest(*this, Kind::boolean).number != 0; }

std::uint64_t PackReader::unsigned_integer() {
    std::uint64_t value = 0;
    go_on_at(detail::take_unsigned(rest_.data(), rest_.data() + rest_.size(), value));
    return ok_ ? value : 0;
}

std::int64_t PackReader::integer() {
    std::int64_t value = 0;
    go_on_at(detail::take_integer(rest_.data(), rest_.data() + rest_.size(), value));
    return ok_ ? value : 0;
}

double PackReader::floating() { return std::bit_cast<double>(take_shortest(*this, Kind::float64).number); }

std::string_view PackReader::string() {
    const Item item = take_shortest(*this, Kind::string);
    return log::as_text({item.content, item.number});
}

Bytes PackReader::binary() {
    const Item item = take_shortest(*this, Kind::binary);
    return {item.content, item.number};
}

std::uint32_t PackReader::array() {
    const std::uint64_t size = take_shortest(*this, Kind::array).number;
    if (size <= rest_.size()) return static_cast<std::uint32_t>(size);
    fail();
    return 0;
}

std::uint32_t PackReader::map() {
    const std::uint64_t size = take_shortest(*this, Kind::map).number;
    if (2 * size <= rest_.size()) return static_cast<std::uint32_t>(size);
    fail();
    return 0;
}

void PackReader::key(std::string_view name) {
    if (string() != name) fail();
}

Bytes PackReader::value() {
    const auto size = value_size(rest_);
    if (size) return take(*size);
    fail();
    return {};
}

std::optional<std::size_t> value_size(Bytes bytes) {
    const std::byte* at = bytes.data();
    const std::byte* const end = at + bytes.size();
    std::array<std::uint64_t, kMaxDepth> open;  // how many items each container still lacks, the outermost one first
    std::size_t depth = 0;
    std::uint64_t missing = 1;  // of the innermost one
    while (true) {
        Item item;
        if (!detail::take_item(at, end, item)) return std::nullopt;
        --missing;
        if (item.kind >= Kind::array) {
            if (depth == kMaxDepth) return std::nullopt;
            open[depth++] = missing;
            missing = item.kind == Kind::map ? 2 * item.number : item.number;
        }
        while (missing == 0) {
            if (depth == 0) return static_cast<std::size_t>(at - bytes.data());
            missing = open[--depth];
        }
    }
}

std::optional<Bytes> erasable_extension(Bytes value) {
    const std::byte* at = value.data();
    const std::byte* const end = at + value.size();
    Item item;
    if (!detail::take_item(at, end, item) || item.kind != Kind::extension || item.type != kErasableExtension) {
        return std::nullopt;
    }
    return value.last(static_cast<std::size_t>(item.number));
}

std::error_code check_payload(Bytes bytes) {
    const auto size = value_size(bytes);
    if (!size || *size != bytes.size() || erasable_extension(bytes)) return Errc::bad_payload;
    return {};
}

}  // namespace station::ledger
