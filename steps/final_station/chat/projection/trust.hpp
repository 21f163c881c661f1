// Whether a database that is written without syncs may be what SQLite believes it is. It is derived, so a sync for each
// batch would buy nothing but time to make it again; yet after a power cut any of its pages may be old, and no check of
// SQLite's finds that. So a small file beside it says under which start of the machine it is being written, or that all
// of it was synced: after another start it is not trusted. A process that was killed loses nothing.
//
// One thread at a time.
#pragma once

#include <station/log/file.hpp>
#include <string>

namespace station::chat {

class Trust {
  public:
    explicit Trust(const log::Path& database);

    bool holds() const;
    // Before anything is written; durable when it returns.
    std::error_code begin();
    // After everything was.
    std::error_code synced();

  private:
    std::error_code say(std::string_view what);

    log::Path file_;
    std::string boot_;  // empty: the system doesn't say
};

}  // namespace station::chat
