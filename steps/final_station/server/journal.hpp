// The server's log on standard error, one line an event: for people, as logfmt (key=value), or a JSON object. Any
// thread.
#pragma once

#include <memory>
#include <station/log/config.hpp>
#include <string>
#include <string_view>

namespace station::final_station {

class Journal {
  public:
    // level: "debug", "info", "warning" or "error"; format: "text", "logfmt" or "json".
    Journal(const std::string& level, const std::string& format);
    ~Journal();

    void write(log::Severity severity, std::string_view text);
    void debug(std::string_view text);
    // Why the server can't begin, or ends as it should not. Said whatever the level is.
    void fatal(std::string_view text);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::final_station
