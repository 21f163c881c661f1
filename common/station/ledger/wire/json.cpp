#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <station/base/utf8.hpp>
#include <station/ledger/wire/detail/item.hpp>
#include <station/ledger/wire/detail/plain_json.hpp>
#include <station/ledger/wire/json.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <station/wire/json_writer.hpp>
#include <tuple>

namespace station::ledger {
namespace {

using detail::Item;
using detail::Kind;
using Json = nlohmann::json;

// nlohmann's number for "this number does not fit a double".
constexpr int kOverflow = 406;

// Writes MessagePack as the parser calls it. How many elements a container has is known where it ends: until then its
// head is one byte, which is enough for fewer than 16.
class Packer : public nlohmann::json_sax<Json> {
  public:
    enum class Failure { none, no_json, number_overflow, too_deep };

    // MessagePack is rarely longer than its JSON.
    explicit Packer(std::size_t json_size) { out_.reserve(json_size); }

    std::vector<std::byte> take() { return std::move(out_); }
    Failure failure() const { return failure_; }
    std::size_t position() const { return position_; }

    bool null() override { return writer_.nil(), counted(); }
    bool boolean(bool value) override { return writer_.boolean(value), counted(); }
    bool number_integer(std::int64_t value) override { return writer_.integer(value), counted(); }
    bool number_unsigned(std::uint64_t value) override { return writer_.unsigned_integer(value), counted(); }
    bool number_float(double value, const std::string&) override { return writer_.floating(value), counted(); }
    bool string(std::string& value) override { return writer_.string(value), counted(); }
    bool binary(Json::binary_t&) override { return false; }

    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool key(std::string& name) override {
        members_.push_back({out_.size(), 0, 0, out_.size()});
        writer_.string(name);
        members_.back().value = out_.size();
        return true;
    }
    bool end_object() override {
        const Container map = open_.back();
        drop_doubles(map);
        const auto size = static_cast<std::uint32_t>(members_.size() - map.first_member);
        members_.resize(map.first_member);
        return close([&](PackWriter& head) { head.map(size); });
    }
    bool end_array() override {
        const std::uint32_t size = open_.back().size;
        return close([&](PackWriter& head) { head.array(size); });
    }

    bool parse_error(std::size_t position, const std::string&, const Json::exception& error) override {
        failure_ = error.id == kOverflow ? Failure::number_overflow : Failure::no_json;
        position_ = position;
        return false;
    }

  private:
    struct Container {
        std::size_t begin;         // of its head, in out_
        std::size_t first_member;  // of an object, in members_
        std::uint32_t size = 0;    // of an array
    };
    struct Member {
        std::size_t begin;  // of its key, in out_
        std::size_t value;
        std::size_t end;
        std::size_t place;  // where its key was first seen
    };

    bool counted() {
        if (!open_.empty()) ++open_.back().size;
        return true;
    }

    bool open() {
        if (open_.size() == kMaxDepth) {
            failure_ = Failure::too_deep;
            return false;
        }
        open_.push_back({out_.size(), members_.size()});
        out_.emplace_back();
        return true;
    }

    bool close(auto put_head) {
        const std::size_t begin = open_.back().begin;
        open_.pop_back();
        head_.clear();
        PackWriter head{head_};
        put_head(head);
        out_[begin] = head_.front();
        out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(begin) + 1, head_.begin() + 1, head_.end());
        return counted();
    }

    std::string_view name_of(const Member& member) const {
        return log::as_text(Bytes{out_}.subspan(member.begin, member.value - member.begin));
    }

    // Of members with the same key the last one stays, at the place of the first. They are sorted rather than compared
    // each with each: an object may have a million.
    void drop_doubles(const Container& map) {
        const auto first = members_.begin() + static_cast<std::ptrdiff_t>(map.first_member);
        if (first == members_.end()) return;
        for (auto it = first; it + 1 != members_.end(); ++it) it->end = (it + 1)->begin;
        members_.back().end = out_.size();
        const auto same_name = [&](const Member& a, const Member& b) { return name_of(a) == name_of(b); };
        std::sort(first, members_.end(), [&](const Member& a, const Member& b) {
            return std::tuple{name_of(a), a.begin} < std::tuple{name_of(b), b.begin};
        });
        if (std::adjacent_find(first, members_.end(), same_name) == members_.end()) return;

        auto kept = first;
        for (auto it = first + 1; it != members_.end(); ++it) {
            const std::size_t place = same_name(*kept, *it) ? kept->place : it->place;
            if (place == it->place) ++kept;
            *kept = *it;
            kept->place = place;
        }
        members_.erase(kept + 1, members_.end());
        std::sort(first, members_.end(), [](const Member& a, const Member& b) { return a.place < b.place; });
        std::vector<std::byte> content;
        for (auto it = first; it != members_.end(); ++it) {
            content.insert(content.end(), out_.begin() + static_cast<std::ptrdiff_t>(it->begin),
                           out_.begin() + static_cast<std::ptrdiff_t>(it->end));
        }
        out_.resize(map.begin + 1);
        writer_.raw(content);
    }

    std::vector<std::byte> out_;
    PackWriter writer_{out_};
    std::vector<Container> open_;
    std::vector<Member> members_;  // of all objects that are open, the innermost one's last
    std::vector<std::byte> head_;
    Failure failure_ = Failure::none;
    std::size_t position_ = 0;
};

// Where the first bracket stands that opens one level too many, in what is JSON up to there.
std::size_t position_of_depth(std::string_view json) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string && c == '\\') ++i;
        if (c == '"') in_string = !in_string;
        if (in_string) continue;
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') --depth;
        if (depth > kMaxDepth) return i + 1;
    }
    return json.size();
}

// Shortest, and with a point or an exponent, by which JSON's readers tell it from an integer.
std::string float_text(double value) {
    std::array<char, 32> digits;
    std::string text{digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

bool write_json(const std::byte*& at, const std::byte* end, wire::JsonWriter& json);

bool write_array(const std::byte*& at, const std::byte* end, std::uint64_t size, wire::JsonWriter& json) {
    json.begin_array();
    for (; size > 0; --size) {
        if (!write_json(at, end, json)) return false;
    }
    json.end_array();
    return true;
}

bool write_object(const std::byte*& at, const std::byte* end, std::uint64_t size, wire::JsonWriter& json) {
    std::vector<std::string_view> keys;
    json.begin_object();
    for (; size > 0; --size) {
        Item key;
        if (!detail::take_item(at, end, key) || key.kind != Kind::string) return false;
        keys.push_back(log::as_text({key.content, key.number}));
        if (!base::is_utf8(keys.back())) return false;
        json.key(keys.back());
        if (!write_json(at, end, json)) return false;
    }
    json.end_object();
    std::ranges::sort(keys);
    return std::ranges::adjacent_find(keys) == keys.end();
}

bool write_float(double value, wire::JsonWriter& json) {
    if (!std::isfinite(value)) return false;
    json.raw(float_text(value));
    return true;
}

// The value at `at`, which is known to be one; false where JSON has none like it.
bool write_json(const std::byte*& at, const std::byte* end, wire::JsonWriter& json) {
    Item item;
    if (!detail::take_item(at, end, item)) return false;
    switch (item.kind) {
        case Kind::nil: return json.raw("null"), true;
        case Kind::boolean: return json.value(item.number != 0), true;
        case Kind::unsigned_integer: return json.value(item.number), true;
        case Kind::signed_integer: return json.value(static_cast<std::int64_t>(item.number)), true;
        case Kind::float32: return write_float(std::bit_cast<float>(static_cast<std::uint32_t>(item.number)), json);
        case Kind::float64: return write_float(std::bit_cast<double>(item.number), json);
        case Kind::array: return write_array(at, end, item.number, json);
        case Kind::map: return write_object(at, end, item.number, json);
        case Kind::string: {
            const std::string_view text = log::as_text({item.content, item.number});
            return base::is_utf8(text) && (json.value(text), true);
        }
        default: return false;
    }
}

}  // namespace

Result<std::vector<std::byte>> json_to_pack(std::string_view json) {
    if (auto plain = detail::plain_json_to_pack(json)) return std::move(*plain);
    // nlohmann skips a byte order mark and takes a NUL for the end of the text; neither is JSON.
    if (json.starts_with("\xEF\xBB\xBF")) return failed(Errc::bad_payload, "no JSON at byte 1, a byte order mark");
    const std::size_t nul = json.find('\0');
    if (nul != std::string_view::npos) return failed(Errc::bad_payload, "no JSON at byte " + std::to_string(nul + 1));

    Packer packer{json.size()};
    if (Json::sax_parse(json.begin(), json.end(), &packer)) return packer.take();
    switch (packer.failure()) {
        case Packer::Failure::number_overflow:
            return failed(Errc::bad_payload, "a number that no float of 64 bits holds, before byte " +
                                                 std::to_string(packer.position() + 1));
        case Packer::Failure::too_deep:
            return failed(Errc::bad_payload,
                          "deeper than 64 levels at byte " + std::to_string(position_of_depth(json)));
        default: return failed(Errc::bad_payload, "no JSON at byte " + std::to_string(packer.position()));
    }
}

std::optional<std::string> pack_to_json(Bytes pack) {
    // From here on no length lies, and nothing is deeper than the stack bears.
    if (value_size(pack) != pack.size()) return std::nullopt;
    std::string text;
    wire::JsonWriter json{text};
    const std::byte* at = pack.data();
    if (!write_json(at, at + pack.size(), json)) return std::nullopt;
    return text;
}

std::vector<std::byte> PayloadOf<JsonText>::encode(const JsonText& json) {
    return json_to_pack(json.text).value_or(std::vector<std::byte>{});
}

Result<JsonText> PayloadOf<JsonText>::decode(Bytes payload) {
    auto text = pack_to_json(payload);
    if (!text) return failed(Errc::bad_payload, "JSON can't hold it");
    return JsonText{std::move(*text)};
}

}  // namespace station::ledger
