// The lines of a topic's events as a server sends them (NDJSON), cut anywhere, turned into what `replay` prints.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace station::final_station {

class EventLines {
  public:
    explicit EventLines(bool json) : json_(json) {}

    // Prints each line that is whole.
    void take(std::string_view piece);

    std::uint64_t printed() const { return printed_; }
    // Whether events were missing, which a line on standard error has told.
    bool damaged() const { return damaged_; }

  private:
    void print(std::string_view line);
    void tell_damage(std::string_view line);

    bool json_;
    std::string partial_;
    std::uint64_t printed_ = 0;
    bool damaged_ = false;
};

}  // namespace station::final_station
