// One connection that reads, and what is asked of it. Between begin() and end() all answers are of one moment.
//
// One thread at a time.
#pragma once

#include <functional>
#include <station/log/file.hpp>

#include "row.hpp"

namespace station::chat {

class Reader {
  public:
    template <typename T>
    using Found = tl::expected<T, std::error_code>;
    // [from, to], both in.
    struct Stretch {
        Place from = 0;
        Place to = 0;
        static Stretch of_room(RoomNumber room) { return {place_of(room, 0), place_of(room, kMaxSequence)}; }
    };
    enum class Order { oldest_first, newest_first };

    static Found<Reader> open(const log::Path& file);

    std::error_code begin() { return run(kBegin); }
    void end() { (void)run(kEnd); }

    Found<std::uint64_t> position();
    // Deleted ones, too.
    Found<std::optional<Row>> row(Place place);
    // Without those that are deleted.
    Found<std::vector<Row>> rows(Stretch stretch, Order order, std::size_t limit);
    Found<bool> any(Stretch stretch);
    // Those in `stretch`, deleted ones too, that were changed at these places in their room's time.
    Found<std::vector<Row>> changed(Stretch stretch, Stretch when);
    // on_row: of each that is not deleted, oldest first; false: enough.
    std::error_code visit(Stretch stretch, const std::function<bool(UserNumber creator, log::Bytes mentions)>& on_row);
    // Newest first.
    std::error_code texts(Stretch stretch, std::size_t limit,
                          const std::function<void(Place place, std::string_view content)>& on_text);
    // Of those that are not in the index yet, in no order.
    std::error_code fresh(const std::function<void(Place place, std::string_view content)>& on_text);
    Found<std::optional<Place>> newest(RoomNumber room);
    // on_place: false: enough. Newest first within the stretch, or of everything, in no order.
    using OnPlace = std::function<bool(Place place)>;
    std::error_code match(std::string_view expression, Stretch stretch, const OnPlace& on_place);
    std::error_code match_all(std::string_view expression, const OnPlace& on_place);

  private:
    enum Which : std::size_t {
        kBegin,
        kEnd,
        kPosition,
        kRow,
        kOldestFirst,
        kNewestFirst,
        kAny,
        kChanged,
        kVisit,
        kTexts,
        kNewest,
        kMatch,
        kMatchAll,
        kBoosts,
        kFresh,
        kCount,
    };

    explicit Reader(sqlite::Database database) : database_(std::move(database)) {}
    std::error_code run(Which which);
    std::error_code add_boosts(std::vector<Row>& rows, Stretch stretch);

    sqlite::Database database_;
    std::vector<sqlite::Statement> statements_;
};

}  // namespace station::chat
