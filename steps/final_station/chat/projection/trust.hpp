// Whether a database that is written without syncs may be what SQLite believes it is. It is derived, so a sync for each
// batch would buy nothing but time to make it again; yet after a power cut any of its pages may be old, and no check of
// SQLite's finds that. So a small file beside it says under which start of the machine it is being written, or that all
// of it was synced: after another start it is not trusted.
//
// A process that was killed loses nothing; but it leaves a journal, which SQLite takes for the journal of whatever file
// lies beside it. So the small file also says how the database looked when it was last written to: one that has been
// cut or swapped since is not trusted either.
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
    // After each commit, which may have moved the journal into the database. Where it can't be said, the tables are
    // made again after a kill: so it has no error.
    void note();
    // After everything was synced.
    std::error_code synced();

  private:
    std::string look() const;
    std::error_code say(std::string_view what);

    log::Path database_;
    log::Path file_;
    std::string boot_;   // empty: the system doesn't say
    std::string noted_;  // how the database looks, as far as was said; empty before begin()
};

}  // namespace station::chat
