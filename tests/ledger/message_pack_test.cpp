#include <station/ledger/wire/message_pack.hpp>

#include <catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "bytes.hpp"

using namespace station::ledger;
using namespace station::ledger::test;
using nlohmann::json;

namespace {

Buffer written(auto write) {
    Buffer out;
    PackWriter writer{out};
    write(writer);
    return out;
}

std::string hex_of(auto write) { return to_hex(written(write)); }

std::string hex_of_integer(std::int64_t value) {
    return hex_of([&](PackWriter& writer) { writer.integer(value); });
}

std::string hex_of_unsigned(std::uint64_t value) {
    return hex_of([&](PackWriter& writer) { writer.unsigned_integer(value); });
}

// The head alone of a value that has this many bytes or elements.
std::string head_of(auto write, std::size_t content) {
    const Buffer bytes = written(write);
    return to_hex(Bytes{bytes}.first(bytes.size() - content));
}

template <typename T>
bool fails(const std::string& hex, T (PackReader::*read)()) {
    const Buffer bytes = from_hex_text(hex);
    PackReader reader{bytes};
    const T value = (reader.*read)();
    if constexpr (requires { value.empty(); }) {
        return !reader.ok() && reader.at_end() && value.empty();
    } else {
        return !reader.ok() && reader.at_end() && value == T{};
    }
}

std::optional<std::size_t> size_of_hex(const std::string& hex) { return value_size(from_hex_text(hex)); }

Buffer nested(std::size_t levels, std::string_view head, std::string_view innermost) {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) text += head;
    return buffer_of(text += innermost);
}

// A value of any kind, written in its shortest form.
json random_json(std::mt19937_64& random, int depth) {
    const auto number = random() >> random() % 64;
    switch (random() % (depth > 0 ? 9 : 7)) {
        case 0: return nullptr;
        case 1: return random() % 2 == 0;
        case 2: return number;
        case 3: return -static_cast<std::int64_t>(number >> 1) - 1;
        case 4: return std::ldexp(static_cast<double>(number), -static_cast<int>(random() % 80)) + 0.1;
        case 5: return std::string(random() % 400, 'x');
        case 6: return json::binary(std::vector<std::uint8_t>(random() % 400, 7));
        case 7: {
            json array = json::array();
            for (auto left = random() % 20; left > 0; --left) array.push_back(random_json(random, depth - 1));
            return array;
        }
        default: {
            json object = json::object();
            for (auto left = random() % 20; left > 0; --left) {
                object[std::to_string(random() % 1000)] = random_json(random, depth - 1);
            }
            return object;
        }
    }
}

void write_value(PackWriter& writer, const json& value) {
    switch (value.type()) {
        case json::value_t::null: return writer.nil();
        case json::value_t::boolean: return writer.boolean(value.get<bool>());
        case json::value_t::number_unsigned: return writer.unsigned_integer(value.get<std::uint64_t>());
        case json::value_t::number_integer: return writer.integer(value.get<std::int64_t>());
        case json::value_t::number_float: return writer.floating(value.get<double>());
        case json::value_t::string: return writer.string(value.get_ref<const std::string&>());
        case json::value_t::binary: return writer.binary(std::as_bytes(std::span{value.get_binary()}));
        case json::value_t::array:
            writer.array(static_cast<std::uint32_t>(value.size()));
            for (const json& element : value) write_value(writer, element);
            return;
        default:
            writer.map(static_cast<std::uint32_t>(value.size()));
            for (const auto& [key, member] : value.items()) {
                writer.string(key);
                write_value(writer, member);
            }
    }
}

bool reads_as(PackReader& reader, const json& value) {
    switch (value.type()) {
        case json::value_t::null: return reader.nil();
        case json::value_t::boolean: return reader.boolean() == value.get<bool>();
        case json::value_t::number_unsigned: return reader.unsigned_integer() == value.get<std::uint64_t>();
        case json::value_t::number_integer: return reader.integer() == value.get<std::int64_t>();
        case json::value_t::number_float: return reader.floating() == value.get<double>();
        case json::value_t::string: return reader.string() == value.get_ref<const std::string&>();
        case json::value_t::binary:
            return std::ranges::equal(reader.binary(), std::as_bytes(std::span{value.get_binary()}));
        case json::value_t::array: {
            if (reader.array() != value.size()) return false;
            return std::ranges::all_of(value, [&](const json& element) { return reads_as(reader, element); });
        }
        default: {
            if (reader.map() != value.size()) return false;
            for (const auto& [key, member] : value.items()) {
                reader.key(key);
                if (!reads_as(reader, member)) return false;
            }
            return true;
        }
    }
}

}  // namespace

TEST_CASE("message pack: integers are written in their shortest form") {
    CHECK(hex_of_unsigned(0) == "00");
    CHECK(hex_of_unsigned(127) == "7f");
    CHECK(hex_of_unsigned(128) == "cc80");
    CHECK(hex_of_unsigned(255) == "ccff");
    CHECK(hex_of_unsigned(256) == "cd0100");
    CHECK(hex_of_unsigned(65535) == "cdffff");
    CHECK(hex_of_unsigned(65536) == "ce00010000");
    CHECK(hex_of_unsigned(0xFFFF'FFFF) == "ceffffffff");
    CHECK(hex_of_unsigned(0x1'0000'0000) == "cf0000000100000000");
    CHECK(hex_of_unsigned(std::numeric_limits<std::uint64_t>::max()) == "cfffffffffffffffff");
    CHECK(hex_of_integer(5) == "05");
    CHECK(hex_of_integer(200) == "ccc8");
    CHECK(hex_of_integer(-1) == "ff");
    CHECK(hex_of_integer(-32) == "e0");
    CHECK(hex_of_integer(-33) == "d0df");
    CHECK(hex_of_integer(-128) == "d080");
    CHECK(hex_of_integer(-129) == "d1ff7f");
    CHECK(hex_of_integer(-32768) == "d18000");
    CHECK(hex_of_integer(-32769) == "d2ffff7fff");
    CHECK(hex_of_integer(std::numeric_limits<std::int32_t>::min()) == "d280000000");
    CHECK(hex_of_integer(-2147483649) == "d3ffffffff7fffffff");
    CHECK(hex_of_integer(std::numeric_limits<std::int64_t>::min()) == "d38000000000000000");
}

TEST_CASE("message pack: everything else is written in its shortest form") {
    CHECK(hex_of([](PackWriter& writer) { writer.nil(); }) == "c0");
    CHECK(hex_of([](PackWriter& writer) { writer.boolean(false); }) == "c2");
    CHECK(hex_of([](PackWriter& writer) { writer.boolean(true); }) == "c3");
    CHECK(hex_of([](PackWriter& writer) { writer.floating(1.5); }) == "cb3ff8000000000000");
    CHECK(hex_of([](PackWriter& writer) { writer.string("abc"); }) == "a3616263");

    const auto string_head = [](std::size_t size) {
        return head_of([&](PackWriter& writer) { writer.string(std::string(size, 'x')); }, size);
    };
    CHECK(string_head(0) == "a0");
    CHECK(string_head(31) == "bf");
    CHECK(string_head(32) == "d920");
    CHECK(string_head(255) == "d9ff");
    CHECK(string_head(256) == "da0100");
    CHECK(string_head(65535) == "daffff");
    CHECK(string_head(65536) == "db00010000");

    const auto binary_head = [](std::size_t size) {
        return head_of([&](PackWriter& writer) { writer.binary(Buffer(size)); }, size);
    };
    CHECK(binary_head(0) == "c400");
    CHECK(binary_head(255) == "c4ff");
    CHECK(binary_head(256) == "c50100");
    CHECK(binary_head(65536) == "c600010000");

    const auto extension_head = [](std::size_t size) {
        return head_of([&](PackWriter& writer) { writer.extension(-2, Buffer(size)); }, size);
    };
    CHECK(extension_head(0) == "c700fe");
    CHECK(extension_head(1) == "d4fe");
    CHECK(extension_head(2) == "d5fe");
    CHECK(extension_head(3) == "c703fe");
    CHECK(extension_head(4) == "d6fe");
    CHECK(extension_head(8) == "d7fe");
    CHECK(extension_head(16) == "d8fe");
    CHECK(extension_head(32) == "c720fe");
    CHECK(extension_head(256) == "c80100fe");
    CHECK(extension_head(65536) == "c900010000fe");

    CHECK(hex_of([](PackWriter& writer) { writer.array(15); }) == "9f");
    CHECK(hex_of([](PackWriter& writer) { writer.array(16); }) == "dc0010");
    CHECK(hex_of([](PackWriter& writer) { writer.array(65536); }) == "dd00010000");
    CHECK(hex_of([](PackWriter& writer) { writer.map(15); }) == "8f");
    CHECK(hex_of([](PackWriter& writer) { writer.map(16); }) == "de0010");
    CHECK(hex_of([](PackWriter& writer) { writer.map(65536); }) == "df00010000");
}

TEST_CASE("message pack: what is written is read, and nlohmann agrees both ways") {
    std::mt19937_64 random{seed()};
    CAPTURE(seed());
    for (int round = 0; round < 300; ++round) {
        const json value = random_json(random, 4);
        const Buffer bytes = written([&](PackWriter& writer) { write_value(writer, value); });
        const std::vector<std::uint8_t> theirs = json::to_msgpack(value);
        CAPTURE(round, to_hex(bytes));
        REQUIRE(std::ranges::equal(bytes, std::as_bytes(std::span{theirs})));
        REQUIRE(json::from_msgpack(reinterpret_cast<const char*>(bytes.data()),
                                   reinterpret_cast<const char*>(bytes.data() + bytes.size())) == value);
        PackReader reader{bytes};
        REQUIRE(reads_as(reader, value));
        REQUIRE(reader.ok());
        REQUIRE(reader.at_end());
        REQUIRE(value_size(bytes) == bytes.size());
    }
}

TEST_CASE("message pack: only the shortest form is read") {
    for (const char* const hex :
         {"cc7f", "cd00ff", "ce0000ffff", "cf00000000ffffffff", "d005", "ff", "cb0000000000000000", "a131", "c1", "",
          "cc", "cd01", "ce010000", "cf01000000000000"}) {
        CAPTURE(hex);
        CHECK(fails(hex, &PackReader::unsigned_integer));
    }
    for (const char* const hex : {"d0e0", "d07f", "d1ff80", "d1007f", "d2ffff8000", "d3ffffffff80000000", "cc7f", "d0",
                                  "cf8000000000000000", "d1ff", "d2ffff", "d3ffffffff", "d3000000000000ffff", ""}) {
        CAPTURE(hex);
        CHECK(fails(hex, &PackReader::integer));
    }
    for (const char* const hex :
         {"d903616263", "da0003616263", "db00000003616263", "a36162", "c403616263", "dbffffffff"}) {
        CAPTURE(hex);
        CHECK(fails(hex, &PackReader::string));
    }
    CHECK(fails("c50001aa", &PackReader::binary));
    CHECK(fails("c60000000100", &PackReader::binary));
    CHECK(fails("a1aa", &PackReader::binary));
    CHECK(fails("dc000101", &PackReader::array));
    CHECK(fails("8101c0", &PackReader::array));
    CHECK(fails("de00010101", &PackReader::map));
    CHECK(fails("ca3fc00000", &PackReader::floating));
    CHECK(fails("c0", &PackReader::boolean));
}

TEST_CASE("message pack: no more elements are announced than could follow") {
    CHECK(fails("ddffffffff00", &PackReader::array));
    CHECK(fails("dfffffffff00", &PackReader::map));
    CHECK(fails("9201", &PackReader::array));
    CHECK(fails("820101c0", &PackReader::map));
}

TEST_CASE("message pack: a reader that failed stays so, and reads zeros") {
    const Buffer bytes = from_hex_text("a161 05 c0 a3616263");
    PackReader reader{bytes};
    CHECK_FALSE(reader.nil());
    CHECK(reader.ok());
    reader.key("a");
    CHECK(reader.unsigned_integer() == 5);
    CHECK(reader.nil());
    CHECK(reader.take(1).size() == 1);
    CHECK(reader.take(4).empty());
    CHECK_FALSE(reader.ok());
    CHECK(reader.at_end());
    CHECK(reader.string().empty());
    CHECK(reader.unsigned_integer() == 0);
    CHECK_FALSE(reader.nil());
    PackReader other{bytes};
    other.key("b");
    CHECK_FALSE(other.ok());
}

TEST_CASE("message pack: a value's size, for every format byte") {
    // By the byte: how many bytes stand behind it in a value of zeros; the specification's table.
    std::array<int, 256> behind{};
    for (std::size_t byte = 0x80; byte < 0x90; ++byte) behind[byte] = static_cast<int>(2 * (byte - 0x80));
    for (std::size_t byte = 0x90; byte < 0xa0; ++byte) behind[byte] = static_cast<int>(byte - 0x90);
    for (std::size_t byte = 0xa0; byte < 0xc0; ++byte) behind[byte] = static_cast<int>(byte - 0xa0);
    const std::array<int, 32> others{0, -1, 0, 0, 1, 2, 4, 2, 3,  5, 4, 8, 1, 2, 4, 8,
                                     1, 2,  4, 8, 2, 3, 5, 9, 17, 1, 2, 4, 2, 4, 2, 4};
    std::ranges::copy(others, behind.begin() + 0xc0);

    for (std::size_t byte = 0; byte < 256; ++byte) {
        CAPTURE(byte);
        Buffer bytes(64);
        bytes[0] = static_cast<std::byte>(byte);
        if (behind[byte] < 0) {
            CHECK_FALSE(value_size(bytes));
            continue;
        }
        const auto size = static_cast<std::size_t>(1 + behind[byte]);
        CHECK(value_size(bytes) == size);
        CHECK(value_size(Bytes{bytes}.first(size)) == size);
        CHECK_FALSE(value_size(Bytes{bytes}.first(size - 1)));
    }
}

TEST_CASE("message pack: a value's size counts lengths, elements and pairs, in any form") {
    CHECK(size_of_hex("d903616263ff") == 5);
    CHECK(size_of_hex("da0003616263") == 6);
    CHECK(size_of_hex("db00000003616263") == 8);
    CHECK(size_of_hex("c70201aabb") == 5);
    CHECK(size_of_hex("c8000201aabb") == 6);
    CHECK(size_of_hex("c90000000201aabb") == 8);
    CHECK(size_of_hex("dc0002c0c0c0") == 5);
    CHECK(size_of_hex("dd00000002c0c0") == 7);
    CHECK(size_of_hex("de0001a161c0") == 6);
    CHECK(size_of_hex("df00000001a161c0") == 8);
    CHECK(size_of_hex("92 92 01 02 81 03 90 ff") == 7);
    CHECK_FALSE(size_of_hex("ddffffffff00000000"));
    CHECK_FALSE(size_of_hex("dfffffffff00000000"));
    CHECK_FALSE(size_of_hex("dbffffffff00000000"));
    CHECK_FALSE(size_of_hex("c6ffffffff00000000"));
    CHECK_FALSE(size_of_hex("c9ffffffff0000000000"));
    CHECK_FALSE(size_of_hex("92 c1 00"));
    CHECK_FALSE(size_of_hex("8101"));
    CHECK_FALSE(size_of_hex(""));
}

TEST_CASE("message pack: 64 levels are taken, 65 are not, and a million do no harm") {
    using std::literals::string_view_literals::operator""sv;
    for (const auto& [head, innermost] :
         {std::pair{"\x91"sv, "\x01"sv}, std::pair{"\x81\x01"sv, "\xc0"sv}, std::pair{"\xdc\x00\x01"sv, "\xa1x"sv}}) {
        CHECK(value_size(nested(64, head, innermost)) == 64 * head.size() + innermost.size());
        CHECK_FALSE(value_size(nested(65, head, innermost)));
    }
    CHECK(value_size(nested(63, "\x91", "\x90")) == 64U);
    CHECK_FALSE(value_size(nested(64, "\x91", "\x90")));
    CHECK_FALSE(value_size(nested(1'000'000, "\x91", "\x01")));
    // Side by side is no depth.
    CHECK(value_size(nested(1, "\xdc\x03\xe8"sv, std::string(1000, '\x90'))) == 1003U);
}

TEST_CASE("message pack: a payload is one value, and no outermost ext of type 1") {
    const auto refused = [](const std::string& hex) { return check_payload(from_hex_text(hex)) == Errc::bad_payload; };
    for (const char* const hex : {"c0", "01", "d402aa", "91d401aa", "d4ffaa", "c70002", "ca3fc00000", "cc01", "a1ff"}) {
        CAPTURE(hex);
        CHECK_FALSE(refused(hex));
    }
    for (const char* const hex : {"", "c1", "0101", "91", "d401aa", "d501aabb", "d601aabbccdd", "c70001",
                                  "c70301aabbcc", "c8000101aa", "c90000000101aa"}) {
        CAPTURE(hex);
        CHECK(refused(hex));
    }
    CHECK(refused("d7 01" + std::string(16, '0')));
    CHECK(refused("d8 01" + std::string(32, '0')));
}

TEST_CASE("message pack: random bytes are read as nlohmann reads them, and never beyond their end") {
    std::mt19937_64 random{seed()};
    CAPTURE(seed());
    int valid = 0;
    for (int round = 0; round < 20000; ++round) {
        const Buffer bytes = random_bytes(random, 24);
        CAPTURE(to_hex(bytes));
        const auto size = value_size(bytes);
        const char* const begin = reinterpret_cast<const char*>(bytes.data());
        // nlohmann takes strings alone for keys, so that it says no more often.
        const json theirs = json::from_msgpack(begin, begin + bytes.size(), false, false);
        if (!theirs.is_discarded()) REQUIRE(size);
        if (!size) continue;
        ++valid;
        REQUIRE(*size <= bytes.size());
        for (std::size_t less = 0; less < *size; ++less) REQUIRE_FALSE(value_size(Bytes{bytes}.first(less)));
        PackReader reader{bytes};
        REQUIRE(reader.value().size() == *size);
    }
    CHECK(valid > 1000);
}
