// Everything is somewhere: who (the entity, whose events are one chain) and where (the scope it belongs to).
#pragma once

#include <station/ledger/error.hpp>
#include <string>
#include <string_view>

namespace station::ledger {

inline constexpr std::size_t kMaxName = 255;

// 1 to 255 bytes of UTF-8 without control characters: what an entity and a scope may be.
bool is_name(std::string_view text);

class Coordinate {
  public:
    // Errc::bad_coordinate, with which of the two it is.
    static Result<Coordinate> make(std::string_view entity, std::string_view scope);

    const std::string& entity() const { return entity_; }
    const std::string& scope() const { return scope_; }
    std::string to_text() const { return entity_ + "@" + scope_; }

    friend bool operator==(const Coordinate&, const Coordinate&) = default;

  private:
    Coordinate(std::string_view entity, std::string_view scope) : entity_(entity), scope_(scope) {}
    std::string entity_;
    std::string scope_;
};

}  // namespace station::ledger
