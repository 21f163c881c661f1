// The lines of a topic's events as a server sends them (NDJSON), cut anywhere, turned into what `replay` prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace station::final_station {

class EventLines {
  public:
    explicit EventLines(bool json) : json_(json) {}

    // Prints each line that is whole.
    void take(std::string_view piece);
    // Another stream begins: of a line that was cut the rest will not come.
    void begin_again();

    std::uint64_t printed() const { return printed_; }
    // Behind the last event of this stream that was printed, or told to be lost.
    std::optional<std::uint64_t> next_offset() const { return next_offset_; }
    // Whether events were missing, which a line on standard error has told.
    bool damaged() const { return damaged_; }

  private:
    void print(std::string_view line);
    void tell_damage(std::string_view line);

    bool json_;
    std::string partial_;
    std::uint64_t printed_ = 0;
    std::optional<std::uint64_t> next_offset_;
    bool damaged_ = false;
};

}  // namespace station::final_station
