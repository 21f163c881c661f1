#include "reader.hpp"

#include <algorithm>
#include <array>

#include "running.hpp"

namespace station::chat {
namespace {

constexpr const char* kReaderSettings =
    "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -8192";

constexpr std::array<std::string_view, 15> kReaderTexts{
    "BEGIN",
    "COMMIT",
    "SELECT position FROM about",
    "SELECT place, id, creator, client_message_id, content, created_at, edited_at, changed, deleted, mentions, edit "
    "FROM messages WHERE place = ?1",
    "SELECT place, id, creator, client_message_id, content, created_at, edited_at, changed, deleted, mentions, edit "
    "FROM messages WHERE place BETWEEN ?1 AND ?2 AND NOT deleted ORDER BY place LIMIT ?3",
    "SELECT place, id, creator, client_message_id, content, created_at, edited_at, changed, deleted, mentions, edit "
    "FROM messages WHERE place BETWEEN ?1 AND ?2 AND NOT deleted ORDER BY place DESC LIMIT ?3",
    "SELECT 1 FROM messages WHERE place BETWEEN ?1 AND ?2 AND NOT deleted LIMIT 1",
    "SELECT place, id, creator, client_message_id, content, created_at, edited_at, changed, deleted, mentions, edit "
    "FROM messages INDEXED BY messages_changed WHERE changed BETWEEN ?3 AND ?4 AND place BETWEEN ?1 AND ?2",
    "SELECT creator, mentions FROM messages WHERE place BETWEEN ?1 AND ?2 AND NOT deleted ORDER BY place",
    "SELECT place, content FROM messages WHERE place BETWEEN ?1 AND ?2 AND NOT deleted ORDER BY place DESC LIMIT ?3",
    "SELECT max(place) FROM messages WHERE place BETWEEN ?1 AND ?2",
    "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid DESC",
    "SELECT rowid FROM search WHERE search MATCH ?1",
    "SELECT place, user, content, sequence FROM boosts WHERE place BETWEEN ?1 AND ?2",
    "SELECT m.place, m.content FROM fresh f CROSS JOIN messages m ON m.place = f.place WHERE NOT m.deleted",
};

}  // namespace

Reader::Found<Reader> Reader::open(const log::Path& file) {
    static_assert(kReaderTexts.size() == kCount);
    auto database = sqlite::Database::open(file, sqlite::Database::Mode::read);
    if (!database) return tl::unexpected(database.error());
    if (const auto error = database->run(kReaderSettings)) return tl::unexpected(error);
    Reader reader{std::move(*database)};
    for (const std::string_view text : kReaderTexts) {
        auto statement = sqlite::Statement::prepare(reader.database_, text);
        if (!statement) return tl::unexpected(statement.error());
        reader.statements_.push_back(std::move(*statement));
    }
    return reader;
}

std::error_code Reader::run(Which which) {
    Running one{statements_[which]};
    return one.finish();
}

Reader::Found<std::uint64_t> Reader::position() {
    Running ask{statements_[kPosition]};
    const auto row = ask->step();
    if (!row) return tl::unexpected(row.error());
    return *row ? static_cast<std::uint64_t>(ask->integer(0)) : 0;
}

Reader::Found<std::optional<Row>> Reader::row(Place place) {
    std::vector<Row> rows;
    {
        Running ask{statements_[kRow]};
        const auto found = ask->bind(1, place).step();
        if (!found) return tl::unexpected(found.error());
        if (!*found) return std::optional<Row>{};
        rows.push_back(read_row(*ask));
    }
    if (const auto error = add_boosts(rows, {place, place})) return tl::unexpected(error);
    return std::optional{std::move(rows.front())};
}

Reader::Found<std::vector<Row>> Reader::rows(Stretch stretch, Order order, std::size_t limit) {
    std::vector<Row> rows;
    {
        Running ask{statements_[order == Order::oldest_first ? kOldestFirst : kNewestFirst]};
        ask->bind(1, stretch.from).bind(2, stretch.to).bind(3, static_cast<std::int64_t>(limit));
        const auto error = ask.each([&] { return rows.push_back(read_row(*ask)), true; });
        if (error) return tl::unexpected(error);
    }
    if (rows.empty()) return rows;
    const auto [first, last] = std::minmax(rows.front().place, rows.back().place);
    if (const auto error = add_boosts(rows, {first, last})) return tl::unexpected(error);
    return rows;
}

Reader::Found<bool> Reader::any(Stretch stretch) {
    Running ask{statements_[kAny]};
    ask->bind(1, stretch.from).bind(2, stretch.to);
    return ask->step();
}

Reader::Found<std::vector<Row>> Reader::changed(Stretch stretch, Stretch when) {
    std::vector<Row> rows;
    {
        Running ask{statements_[kChanged]};
        ask->bind(1, stretch.from).bind(2, stretch.to).bind(3, when.from).bind(4, when.to);
        const auto error = ask.each([&] { return rows.push_back(read_row(*ask)), true; });
        if (error) return tl::unexpected(error);
    }
    // They lie far apart.
    for (Row& row : rows) {
        std::vector<Row> one;
        one.push_back(std::move(row));
        if (const auto error = add_boosts(one, {one.front().place, one.front().place})) return tl::unexpected(error);
        row = std::move(one.front());
    }
    std::ranges::sort(rows, {}, &Row::place);
    return rows;
}

std::error_code Reader::visit(Stretch stretch, const std::function<bool(UserNumber, log::Bytes)>& on_row) {
    Running ask{statements_[kVisit]};
    ask->bind(1, stretch.from).bind(2, stretch.to);
    return ask.each([&] { return on_row(ask->integer(0), ask->bytes(1)); });
}

std::error_code Reader::texts(Stretch stretch, std::size_t limit,
                              const std::function<void(Place, std::string_view)>& on_text) {
    Running ask{statements_[kTexts]};
    ask->bind(1, stretch.from).bind(2, stretch.to).bind(3, static_cast<std::int64_t>(limit));
    return ask.each([&] { return on_text(ask->integer(0), ask->text(1)), true; });
}

std::error_code Reader::fresh(const std::function<void(Place, std::string_view)>& on_text) {
    Running ask{statements_[kFresh]};
    return ask.each([&] { return on_text(ask->integer(0), ask->text(1)), true; });
}

Reader::Found<std::optional<Place>> Reader::newest(RoomNumber room) {
    const Stretch stretch = Stretch::of_room(room);
    Running ask{statements_[kNewest]};
    const auto row = ask->bind(1, stretch.from).bind(2, stretch.to).step();
    if (!row) return tl::unexpected(row.error());
    if (!*row || ask->is_null(0)) return std::optional<Place>{};
    return ask->integer(0);
}

std::error_code Reader::match(std::string_view expression, Stretch stretch, const OnPlace& on_place) {
    Running ask{statements_[kMatch]};
    ask->bind(1, expression).bind(2, stretch.from).bind(3, stretch.to);
    return ask.each([&] { return on_place(ask->integer(0)); });
}

std::error_code Reader::match_all(std::string_view expression, const OnPlace& on_place) {
    Running ask{statements_[kMatchAll]};
    ask->bind(1, expression);
    return ask.each([&] { return on_place(ask->integer(0)); });
}

// `rows` are in one order or the other.
std::error_code Reader::add_boosts(std::vector<Row>& rows, Stretch stretch) {
    Running ask{statements_[kBoosts]};
    ask->bind(1, stretch.from).bind(2, stretch.to);
    bool any = false;
    const auto error = ask.each([&] {
        const auto row = std::ranges::find(rows, ask->integer(0), &Row::place);
        if (row == rows.end()) return true;
        row->boosts.push_back(
            {ask->integer(1), std::string{ask->text(2)}, static_cast<std::uint64_t>(ask->integer(3))});
        return any = true;
    });
    if (!any) return error;
    for (Row& row : rows) std::ranges::sort(row.boosts, {}, &BoostRow::sequence);
    return error;
}

}  // namespace station::chat
