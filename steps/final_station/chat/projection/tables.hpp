// The tables as the projection's thread has them: one connection that writes.
//
//   about     how far they are in which ledger: one row, committed with what it says
//   users     number, id, name of now
//   rooms     number, id; `gone`: deleted, and its messages go bit by bit
//   messages  by place (row.hpp); what is deleted stays as a mark without content
//   boosts    one row for each reaction
//   search    FTS5 without a copy of the texts: rowid is the place
//   fresh     places of messages that are not in the index yet. FTS5 takes a thousand messages in one transaction for a
//             tenth of what they cost in a thousand: they are indexed together, and until then search reads them
//
// One thread at a time.
#pragma once

#include <station/log/file.hpp>
#include <string_view>

#include "row.hpp"

namespace station::chat {

// So many messages are worth a transaction of FTS5's.
inline constexpr std::size_t kIndexedTogether = 500;

class Tables {
  public:
    // Of nothing: position 0 and no event.
    struct About {
        std::optional<Id> origin = {};  // the ledger's first event
        std::uint64_t position = 0;     // events before it are in the tables
        std::uint64_t last_sequence = 0;
        std::optional<Id> last_event = {};
    };

    // Makes them where the file is empty or not there; sqlite::Errc::damaged where it is something else.
    static tl::expected<Tables, std::error_code> open(const log::Path& file);
    static std::error_code remove(const log::Path& file);  // all that SQLite has beside it, too
    // After all connections are closed: what is in it survives a power cut.
    static std::error_code sync(const log::Path& file);

    tl::expected<About, std::error_code> about();
    // All names. `gone`: whether there are rooms to sweep.
    tl::expected<bool, std::error_code> read_names(Names& names);
    tl::expected<std::optional<Row>, std::error_code> row(Place place);
    tl::expected<bool, std::error_code> is_fresh(Place place);
    tl::expected<std::size_t, std::error_code> count_fresh();

    // FTS5 merges its segments as they come, bit by bit; while many events are taken in at once none are, and at its
    // end all.
    std::error_code begin_bulk();
    std::error_code end_bulk();

    std::error_code begin() { return database_.run("BEGIN IMMEDIATE"); }
    std::error_code commit() { return database_.run("COMMIT"); }
    void roll_back() { (void)database_.run("ROLLBACK"); }

    // In a transaction.
    std::error_code write_about(const About& about);
    std::error_code write_user(UserNumber number, const Id& id, std::string_view name);
    std::error_code write_room(RoomNumber number, const Id& id, bool gone);
    std::error_code insert(const Row& row);
    std::error_code update(const Row& row);
    std::error_code write_boosts(const Row& row);
    std::error_code index(Place place, std::string_view content);
    std::error_code unindex(Place place, std::string_view content);  // what was indexed
    std::error_code add_fresh(Place place);
    std::error_code index_fresh();  // all of them
    // Some of the messages of rooms that are gone. False: there are none.
    tl::expected<bool, std::error_code> sweep();

  private:
    explicit Tables(sqlite::Database database) : database_(std::move(database)) {}
    std::error_code make();
    std::error_code prepare();
    std::error_code bind_row(sqlite::Statement& statement, const Row& row);
    std::error_code sweep_room(RoomNumber room, bool& any);
    std::error_code sweep_row(Place place, std::string_view content);
    std::error_code remove_fresh(Place place);

    sqlite::Database database_;
    std::vector<sqlite::Statement> statements_;
    std::vector<std::byte> mentions_;  // while they are bound
    std::string indexed_;
};

}  // namespace station::chat
