// The server's log on standard error, one line an event: time, level, text; or a JSON object a line. Any thread.
#pragma once

#include <memory>
#include <station/log/config.hpp>
#include <string>
#include <string_view>

namespace station::final_station {

class Journal {
  public:
    // level: "debug", "info", "warning" or "error"
    Journal(const std::string& level, bool json);
    ~Journal();

    void write(log::Severity severity, std::string_view text);
    void debug(std::string_view text);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::final_station
