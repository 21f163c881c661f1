// The fields of a JSON object that came from anywhere. They are taken one by one, in any order; the first that is
// missing or is not what it should be is remembered, and everything reads as empty from then on. finish() tells, and
// minds what was not taken. Hex and ids only in lower case, base64 only as base64() writes it, so that there is one
// text for each value. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <station/ledger/error.hpp>
#include <station/ledger/proof/head.hpp>
#include <station/ledger/wire/hash.hpp>
#include <station/log/event_id.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace station::ledger {

class Fields {
  public:
    explicit Fields(std::string_view text);

    bool has(std::string_view name) const { return object_.contains(name); }
    std::string text(const std::string& name);
    std::uint64_t number(const std::string& name);  // whole, from 0 to 2^64 - 1
    log::EventId id(const std::string& name);
    std::optional<log::EventId> id_or_null(const std::string& name);
    Hash hash(const std::string& name);
    std::vector<Hash> path(const std::string& name);
    std::vector<std::byte> bytes(const std::string& name);  // base64
    std::optional<std::vector<std::byte>> bytes_or_null(const std::string& name);
    Head head();

    void fail(std::string what);
    Result<void> finish();

  private:
    nlohmann::json take(const std::string& name);
    template <std::size_t N>
    std::array<std::byte, N> hex(const std::string& name, const nlohmann::json& value);
    log::EventId id_of(const std::string& name, const nlohmann::json& value);
    std::vector<std::byte> bytes_of(const std::string& name, const nlohmann::json& value);

    std::map<std::string, nlohmann::json, std::less<>> object_;
    std::optional<Error> error_;
};

// The fields as they are written, in their order.
nlohmann::ordered_json head_fields(const Head& head);
nlohmann::ordered_json path_field(const std::vector<Hash>& path);
// One line. What is no UTF-8, which no ledger holds, becomes a replacement character.
std::string one_line(const nlohmann::ordered_json& fields);

}  // namespace station::ledger
