// Standard input as events, one a line; the last one may lack its '\n'. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/event_source.hpp"

namespace station::final_station {

class StandardInput final : public EventSource {
  public:
    // A line from another system ends with "\r\n"; keep_cr leaves that '\r' in the event.
    explicit StandardInput(bool keep_cr) : keep_cr_(keep_cr) {}

    bool next(std::string& payload) override;
    bool at_end() const override { return closed_ && begin_ == bytes_.size(); }
    int descriptor() const override;
    void read() override;  // waits where there is nothing yet

    bool failed() const { return failed_; }

  private:
    bool keep_cr_;
    std::vector<char> room_ = std::vector<char>(std::size_t{1} << 20);
    std::string bytes_;
    std::size_t begin_ = 0;     // of the next line
    std::size_t searched_ = 0;  // up to here there is no '\n' in it
    bool closed_ = false;
    bool failed_ = false;
};

}  // namespace station::final_station
