// A prepared statement that is ready to be run again when this goes, and holds nothing then that was bound.
#pragma once

#include <station/sqlite/sqlite.hpp>

namespace station::chat {

class Running {
  public:
    explicit Running(sqlite::Statement& statement) : statement_(statement) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { statement_.reset(); }

    sqlite::Statement* operator->() { return &statement_; }
    sqlite::Statement& operator*() { return statement_; }
    // Of one that gives no rows.
    std::error_code finish() {
        const auto row = statement_.step();
        return row ? std::error_code{} : row.error();
    }
    // on_row: bool(): false: enough.
    template <typename OnRow>
    std::error_code each(OnRow&& on_row) {
        for (;;) {
            const auto row = statement_.step();
            if (!row) return row.error();
            if (!*row || !on_row()) return {};
        }
    }

  private:
    sqlite::Statement& statement_;
};

}  // namespace station::chat
