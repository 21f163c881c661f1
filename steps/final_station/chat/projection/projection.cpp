#include "projection.hpp"

#include <algorithm>
#include <new>

#include "finder.hpp"
#include "follower.hpp"
#include "missed.hpp"
#include "places.hpp"

namespace station::chat {
namespace {

using Stretch = Reader::Stretch;
using Order = Reader::Order;

Stretch before(RoomNumber room, std::uint64_t sequence) { return {place_of(room, 0), place_of(room, sequence) - 1}; }
Stretch from(RoomNumber room, std::uint64_t sequence) {
    return {place_of(room, sequence), place_of(room, kMaxSequence)};
}

// What a reader's tables say of a room.
class RoomPast final : public Past {
  public:
    RoomPast(const ledger::Store& store, Reader& reader, const Id& room, RoomNumber number)
        : store_(store), reader_(reader), room_(room), number_(number) {}

    Found<std::optional<std::uint64_t>> sequence_of(const Id& message) override {
        return sequence_in_ledger(store_, room_, message);
    }
    Found<std::vector<Row>> from(std::uint64_t sequence, std::size_t limit) override {
        return reader_.rows(chat::from(number_, sequence), Order::oldest_first, limit);
    }
    Found<std::vector<Row>> changed_from(std::uint64_t sequence) override {
        return reader_.changed(before(number_, sequence), chat::from(number_, sequence));
    }
    Found<std::vector<Row>> last(std::size_t limit) override {
        auto rows = reader_.rows(Stretch::of_room(number_), Order::newest_first, limit);
        if (rows) std::ranges::reverse(*rows);
        return rows;
    }

  private:
    const ledger::Store& store_;
    Reader& reader_;
    const Id& room_;
    const RoomNumber number_;
};

}  // namespace

struct Projection::Impl {
    Impl(ledger::Store& of, Config config)
        : store(of), readers(config.path), follower(of, std::move(config), names, readers) {}

    ledger::Store& store;
    Names names;
    Readers readers;
    Follower follower;

    // ask: Reader& -> Found<T>. An answer is not older than what was told before it was asked for.
    template <typename Ask>
    auto ask(Ask&& ask) -> decltype(ask(std::declval<Reader&>())) {
        const auto unavailable = std::make_error_code(std::errc::resource_unavailable_try_again);
        const std::uint64_t age = follower.age();
        if (!follower.can_be_asked()) return tl::unexpected(unavailable);
        try {
            auto answer = readers.run(ask);
            if (age != follower.age()) return tl::unexpected(unavailable);
            if (!answer && answer.error() == sqlite::Errc::damaged) follower.report_damage();
            return answer;
        } catch (const std::bad_alloc&) {
            return tl::unexpected(std::make_error_code(std::errc::not_enough_memory));
        }
    }

    std::vector<ShownMessage> shown_all(std::vector<Row> rows, const Id& room) const {
        std::vector<ShownMessage> messages;
        messages.reserve(rows.size());
        for (Row& row : rows) messages.push_back(shown_one(std::move(row), room));
        return messages;
    }
    ShownMessage shown_one(Row row, const Id& room) const {
        return shown(std::move(row), room, [&](UserNumber number) { return names.user(number); });
    }

    Found<Page> page_around(Reader& reader, const Id& room, RoomNumber number, std::uint64_t sequence,
                            std::size_t limit) const;
    Found<Page> page_before(Reader& reader, const Id& room, Stretch stretch, std::size_t limit) const;
    Found<Page> page_after(Reader& reader, const Id& room, Stretch stretch, std::size_t limit) const;
    // read: Past& -> Found<MissedRows>
    template <typename Read>
    Found<Missed> read_missed(const Id& room, Read&& read);
    Found<std::vector<FoundMessage>> found_in(Reader& reader, const Query& query, std::vector<RoomNumber> rooms,
                                              std::size_t limit) const;
};

Projection::Projection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Projection::~Projection() = default;

ledger::Result<std::unique_ptr<Projection>> Projection::open(ledger::Store& store, Config config) {
    if (config.path.empty()) return ledger::failed(ledger::Errc::bad_config, "the projection's path");
    auto impl = std::make_unique<Impl>(store, std::move(config));
    impl->follower.open();
    return std::unique_ptr<Projection>{new Projection{std::move(impl)}};
}

void Projection::start() { impl_->follower.start(); }
void Projection::stop() { impl_->follower.stop(); }
std::uint64_t Projection::position() const { return impl_->follower.position(); }
void Projection::when(std::uint64_t position, std::function<void(bool)> then) {
    impl_->follower.when(position, std::move(then));
}

Projection::Found<std::optional<ShownMessage>> Projection::message(const Id& id) const {
    const auto place = find_place(impl_->store, impl_->names, id);
    if (!place) return tl::unexpected(place.error());
    if (!*place) return std::optional<ShownMessage>{};
    return impl_->ask([&](Reader& reader) -> Found<std::optional<ShownMessage>> {
        auto row = reader.row(**place);
        if (!row) return tl::unexpected(row.error());
        if (!*row || (*row)->deleted) return std::optional<ShownMessage>{};
        return impl_->shown_one(std::move(**row), impl_->names.room(room_of(**place)));
    });
}

Projection::Found<std::optional<Id>> Projection::event_of(const Id& message) const {
    const auto place = find_place(impl_->store, impl_->names, message);
    if (!place) return tl::unexpected(place.error());
    if (!*place) return std::optional<Id>{};
    return impl_->ask([&](Reader& reader) -> Found<std::optional<Id>> {
        const auto row = reader.row(**place);
        if (!row) return tl::unexpected(row.error());
        if (!*row || (*row)->deleted) return std::optional<Id>{};
        return (*row)->edit ? (*row)->edit : (*row)->id;
    });
}

Projection::Found<std::optional<std::uint64_t>> Projection::sequence_of(const Id& room, const Id& message) const {
    return sequence_in_ledger(impl_->store, room, message);
}

Projection::Found<std::optional<Projection::Page>> Projection::page(const Id& room, Side side, const Id& place,
                                                                    std::size_t limit) const {
    const std::size_t most = std::max<std::size_t>(limit, 1);
    std::uint64_t sequence = 0;
    if (side != Side::newest) {
        const auto found = sequence_in_ledger(impl_->store, room, place);
        if (!found) return tl::unexpected(found.error());
        if (!*found) return std::optional<Page>{};
        sequence = **found;
    }
    const auto number = impl_->names.room(room);
    return impl_->ask([&](Reader& reader) -> Found<std::optional<Page>> {
        if (!number) return side == Side::newest ? std::optional{Page{}} : std::nullopt;
        Found<Page> page;
        switch (side) {
            case Side::newest: page = impl_->page_before(reader, room, Stretch::of_room(*number), most); break;
            case Side::before: page = impl_->page_before(reader, room, before(*number, sequence), most); break;
            case Side::after: page = impl_->page_after(reader, room, from(*number, sequence + 1), most); break;
            case Side::around: page = impl_->page_around(reader, room, *number, sequence, most); break;
        }
        if (!page) return tl::unexpected(page.error());
        if (side == Side::before || side == Side::after) {
            const auto rest =
                reader.any(side == Side::before ? from(*number, sequence) : before(*number, sequence + 1));
            if (!rest) return tl::unexpected(rest.error());
            (side == Side::before ? page->more_after : page->more_before) = *rest;
        }
        return std::optional{std::move(*page)};
    });
}

Projection::Found<Projection::Page> Projection::Impl::page_before(Reader& reader, const Id& room, Stretch stretch,
                                                                  std::size_t limit) const {
    auto rows = reader.rows(stretch, Order::newest_first, limit + 1);
    if (!rows) return tl::unexpected(rows.error());
    Page page;
    page.more_before = rows->size() > limit;
    if (page.more_before) rows->pop_back();
    std::ranges::reverse(*rows);
    page.messages = shown_all(std::move(*rows), room);
    return page;
}

Projection::Found<Projection::Page> Projection::Impl::page_after(Reader& reader, const Id& room, Stretch stretch,
                                                                 std::size_t limit) const {
    auto rows = reader.rows(stretch, Order::oldest_first, limit + 1);
    if (!rows) return tl::unexpected(rows.error());
    Page page;
    page.more_after = rows->size() > limit;
    if (page.more_after) rows->pop_back();
    page.messages = shown_all(std::move(*rows), room);
    return page;
}

// Half of them before it; where one side has less, the other has more.
Projection::Found<Projection::Page> Projection::Impl::page_around(Reader& reader, const Id& room, RoomNumber number,
                                                                  std::uint64_t sequence, std::size_t limit) const {
    auto older = reader.rows(before(number, sequence), Order::newest_first, limit + 1);
    if (!older) return tl::unexpected(older.error());
    auto newer = reader.rows(from(number, sequence), Order::oldest_first, limit + 1);
    if (!newer) return tl::unexpected(newer.error());
    const std::size_t behind = std::min(newer->size(), limit - std::min(older->size(), limit / 2));
    const std::size_t ahead = std::min(older->size(), limit - behind);
    Page page;
    page.more_before = older->size() > ahead;
    page.more_after = newer->size() > behind;
    older->resize(ahead);
    newer->resize(behind);
    std::ranges::reverse(*older);
    std::ranges::move(*newer, std::back_inserter(*older));
    page.messages = shown_all(std::move(*older), room);
    return page;
}

Projection::Found<Projection::Missed> Projection::missed(const Id& room, const std::optional<Id>& seen) const {
    return impl_->read_missed(room, [&](Past& past) { return missed_after(past, seen); });
}

Projection::Found<Projection::Missed> Projection::since(const Id& room, std::uint64_t position) const {
    return impl_->read_missed(room, [&](Past& past) { return missed_from(past, position); });
}

template <typename Read>
Projection::Found<Projection::Missed> Projection::Impl::read_missed(const Id& room, Read&& read) {
    const auto number = names.room(room);
    return ask([&](Reader& reader) -> Found<Missed> {
        Missed missed;
        const auto position = reader.position();
        if (!position) return tl::unexpected(position.error());
        missed.position = *position;
        if (!number) return missed;
        RoomPast past{store, reader, room, *number};
        auto rows = read(past);
        if (!rows) return tl::unexpected(rows.error());
        missed.complete = rows->complete;
        missed.messages = shown_all(std::move(rows->messages), room);
        for (Row& row : rows->changed) {
            if (row.deleted) {
                missed.removed.push_back(row.id);
            } else {
                missed.updated.push_back(shown_one(std::move(row), room));
            }
        }
        return missed;
    });
}

Projection::Found<Projection::Unread> Projection::unread(const Id& room, const Id& user, std::uint64_t seen,
                                                         std::uint64_t most) const {
    const auto number = impl_->names.room(room);
    const auto reader_number = impl_->names.user(user);
    return impl_->ask([&](Reader& reader) -> Found<Unread> {
        Unread unread;
        if (!number || most == 0) return unread;
        const auto error = reader.visit(from(*number, seen + 1), [&](UserNumber creator, log::Bytes mentions) {
            if (creator == reader_number) return true;
            for (std::size_t at = 0; at + Id::kSize <= mentions.size(); at += Id::kSize) {
                if (id_in(mentions.subspan(at, Id::kSize)) != user) continue;
                ++unread.mentions;
                break;
            }
            return ++unread.count < most;
        });
        if (error) return tl::unexpected(error);
        return unread;
    });
}

Projection::Found<std::optional<std::int64_t>> Projection::last_message_at(const Id& room) const {
    const auto number = impl_->names.room(room);
    return impl_->ask([&](Reader& reader) -> Found<std::optional<std::int64_t>> {
        if (!number) return std::optional<std::int64_t>{};
        const auto rows = reader.rows(Stretch::of_room(*number), Order::newest_first, 1);
        if (!rows) return tl::unexpected(rows.error());
        return rows->empty() ? std::nullopt : std::optional{rows->front().created_at};
    });
}

Projection::Found<std::optional<std::vector<FoundMessage>>> Projection::search(std::string_view query,
                                                                               std::span<const Id> rooms,
                                                                               std::size_t limit) const {
    return impl_->ask([&](Reader& reader) -> Found<std::optional<std::vector<FoundMessage>>> {
        const auto parsed = Query::parse(query);
        if (!parsed) return std::optional<std::vector<FoundMessage>>{};
        std::vector<RoomNumber> numbers;
        for (const Id& room : rooms) {
            if (const auto number = impl_->names.room(room)) numbers.push_back(*number);
        }
        std::ranges::sort(numbers);
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        auto found = impl_->found_in(reader, *parsed, std::move(numbers), limit);
        if (!found) return tl::unexpected(found.error());
        return std::optional{std::move(*found)};
    });
}

Projection::Found<std::vector<FoundMessage>> Projection::Impl::found_in(Reader& reader, const Query& query,
                                                                        std::vector<RoomNumber> rooms,
                                                                        std::size_t limit) const {
    const auto places = Finder{reader, query, std::move(rooms), limit}.find();
    if (!places) return tl::unexpected(places.error());
    std::vector<FoundMessage> messages;
    for (const Place place : *places) {
        auto row = reader.row(place);
        if (!row) return tl::unexpected(row.error());
        if (!*row || (*row)->deleted) continue;
        FoundMessage one;
        one.message = shown_one(std::move(**row), names.room(room_of(place)));
        one.highlights = query.find_in(one.message.content);
        messages.push_back(std::move(one));
    }
    return messages;
}

}  // namespace station::chat
