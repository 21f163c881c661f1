// MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), as far as a ledger writes it: always in the
// shortest form, and what is not negative as unsigned, so that there is one way to write a value. Reading takes that
// form only, but for payloads, of which any valid MessagePack is taken. No length is believed beyond what is there.
// A writer or reader belongs to one thread; the functions may be called from any.
#pragma once

#include <cstdint>
#include <optional>
#include <station/ledger/error.hpp>
#include <station/log/bytes.hpp>
#include <string_view>
#include <vector>

namespace station::ledger {

using log::Bytes;

// Appends to a buffer of the caller's. No string, binary or extension is larger than 2^32 - 1 bytes.
class PackWriter {
  public:
    explicit PackWriter(std::vector<std::byte>& out) : out_(out) {}

    void nil();
    void boolean(bool value);
    void unsigned_integer(std::uint64_t value);
    void integer(std::int64_t value);
    void floating(double value);  // 64 bits
    void string(std::string_view value);
    void binary(Bytes value);
    void array(std::uint32_t size);  // its elements follow
    void map(std::uint32_t size);    // its keys and values follow, in turn
    void extension(std::int8_t type, Bytes value);
    void raw(Bytes encoded);

  private:
    std::vector<std::byte>& out_;
};

// Reads from the front of a buffer, shortest form only. After the first thing that is not what was asked for, ok() is
// false, nothing is left, and everything reads as zero or empty.
class PackReader {
  public:
    explicit PackReader(Bytes bytes) : rest_(bytes) {}

    bool ok() const { return ok_; }
    bool at_end() const { return rest_.empty(); }
    Bytes rest() const { return rest_; }

    bool nil();  // true, and past it, where nil comes next; false, and nothing happened, otherwise
    bool boolean();
    std::uint64_t unsigned_integer();
    std::int64_t integer();
    double floating();          // 64 bits
    std::string_view string();  // any bytes
    Bytes binary();
    std::uint32_t array();            // never more than could follow
    std::uint32_t map();              // the same
    void key(std::string_view name);  // a string that must be this one
    Bytes take(std::size_t size);     // as many bytes, whatever they are
    // One value of any kind, as value_size() takes it: its bytes.
    Bytes value();
    void fail();

  private:
    void go_on_at(const std::byte* next);  // nullptr: fails

    Bytes rest_;
    bool ok_ = true;
};

// Arrays and maps within each other, at most: [] is one level, a scalar none.
inline constexpr int kMaxDepth = 64;
inline constexpr std::int8_t kErasableExtension = 1;  // an outermost ext of this type is the ledger's own

// The size of the value that `bytes` begins with, in any form; nullopt where it is cut short, no MessagePack (0xc1), or
// deeper than kMaxDepth. Strings may hold any bytes. Takes time for the bytes that are there, whatever they announce.
std::optional<std::size_t> value_size(Bytes bytes);

// What an outermost ext of the ledger's own type holds; nullopt for any other value. `value` is one.
std::optional<Bytes> erasable_extension(Bytes value);

// Empty where `bytes` is exactly one value that a product may append; otherwise Errc::bad_payload.
std::error_code check_payload(Bytes bytes);

}  // namespace station::ledger
