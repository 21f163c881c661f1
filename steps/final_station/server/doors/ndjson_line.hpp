// An event as a line of NDJSON, written into a buffer piece by piece: the text of a large one never lies in memory as a
// whole. The same bytes as log::event_json() and a line's end.
//
// Views the event's payload, which has to live as long.
#pragma once

#include <cstddef>
#include <station/log/publish.hpp>
#include <station/log/record.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::final_station {

class NdjsonLine {
  public:
    NdjsonLine(std::string_view topic, const log::Record& event);
    NdjsonLine(const NdjsonLine&) = delete;
    NdjsonLine& operator=(const NdjsonLine&) = delete;

    // Appends at least one piece, and further ones while `out` is shorter than `full`. True once the line is whole.
    bool put(std::string& out, std::size_t full);

    // What a piece shows of the event, in bytes; as JSON it may be six times as long.
    static constexpr std::size_t kPiece = std::size_t{12} << 10;

  private:
    enum class Form { as_it_is, escaped, base64 };
    struct Part {
        std::string_view text;
        Form form;
    };

    void add_headers(log::Bytes headers);
    void add_text(std::string& text);
    void put_piece(std::string& out);

    std::string head_;  // up to the payload
    log::Headers headers_;
    std::vector<Part> parts_;
    std::size_t part_ = 0;  // the first that is not written as a whole
};

}  // namespace station::final_station
