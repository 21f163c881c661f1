#include "finder.hpp"

#include <algorithm>

namespace station::chat {
namespace {

constexpr std::size_t kFewRooms = 4;
constexpr std::size_t kRare = 4000;            // places
constexpr std::size_t kNewestMessages = 2000;  // what is read of them takes less than FTS5's collecting
constexpr std::size_t kMaxRoomsOfNewest = 16;

}  // namespace

Reader::Found<std::vector<Place>> Finder::find() {
    if (limit_ == 0 || rooms_.empty()) return std::vector<Place>{};
    Reader::Found<bool> done = false;
    if (query_.has_prefix()) {
        if (rooms_.size() <= kMaxRoomsOfNewest) done = look_at_newest();
        if (done && !*done) done = look_everywhere(static_cast<std::size_t>(-1));
    } else {
        if (rooms_.size() > kFewRooms) done = look_everywhere(kRare);
        if (done && !*done) {
            if (const auto error = look_by_room()) return tl::unexpected(error);
        }
    }
    if (!done) return tl::unexpected(done.error());
    return newest_first();
}

Reader::Found<bool> Finder::look_at_newest() {
    keep_none();
    const std::size_t most = kNewestMessages / rooms_.size();
    std::uint64_t complete_from = 0;
    for (const RoomNumber room : rooms_) {
        std::size_t seen = 0;
        const auto error = reader_.texts(Reader::Stretch::of_room(room), most, [&](Place place, std::string_view text) {
            if (++seen == most) complete_from = std::max(complete_from, sequence_of(place));
            if (!is_too_old(place) && !query_.find_in(text).empty()) keep(place);
        });
        if (error) return tl::unexpected(error);
    }
    return complete_from == 0 || (is_full() && sequence_of(best_.top()) >= complete_from);
}

Reader::Found<bool> Finder::look_everywhere(std::size_t most) {
    keep_none();
    const std::unordered_set<RoomNumber> mine{rooms_.begin(), rooms_.end()};
    std::size_t seen = 0;
    bool all = true;
    const auto error = reader_.match_all(query_.expression(), [&](Place place) {
        if (mine.contains(room_of(place)) && !is_too_old(place)) keep(place);
        return all = ++seen < most;
    });
    if (error) return tl::unexpected(error);
    return all;
}

std::error_code Finder::look_by_room() {
    keep_none();
    std::vector<Place> newest;
    for (const RoomNumber room : rooms_) {
        const auto place = reader_.newest(room);
        if (!place) return place.error();
        if (*place) newest.push_back(**place);
    }
    std::ranges::sort(newest, Older{});
    const std::string expression = query_.expression();
    for (const Place last : newest) {
        if (is_too_old(last)) break;
        const auto error = reader_.match(expression, Reader::Stretch::of_room(room_of(last)), [&](Place place) {
            if (is_too_old(place)) return false;
            keep(place);
            return true;
        });
        if (error) return error;
    }
    return {};
}

void Finder::keep(Place place) {
    best_.push(place);
    if (best_.size() > limit_) best_.pop();
}

std::vector<Place> Finder::newest_first() {
    std::vector<Place> places;
    for (; !best_.empty(); best_.pop()) places.push_back(best_.top());
    std::ranges::reverse(places);
    return places;
}

}  // namespace station::chat
