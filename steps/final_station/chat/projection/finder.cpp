#include "finder.hpp"

namespace station::chat {
namespace {

constexpr std::size_t kFewRooms = 4;
constexpr std::size_t kRare = 16'000;  // places
// To read so many newest messages takes a few milliseconds.
constexpr std::size_t kNewestMessages = 5000;
constexpr std::size_t kAtATime = 200;

}  // namespace

Reader::Found<std::vector<Place>> Finder::find() {
    if (limit_ == 0 || rooms_.empty()) return std::vector<Place>{};
    const bool few = rooms_.size() <= kFewRooms;
    const bool read_first = query_.has_prefix() || (!few && query_.has_many_words());
    Reader::Found<bool> done = false;
    if (read_first) done = look_at_newest();
    if (done && !*done && query_.has_prefix()) done = look_everywhere(static_cast<std::size_t>(-1));
    if (done && !*done && !few) done = look_everywhere(kRare);
    if (done && !*done && !few && !read_first) done = look_at_newest();
    if (done && !*done) done = look_by_room();
    if (!done) return tl::unexpected(done.error());
    return newest_first();
}

std::error_code Finder::read_on(Texts& texts) {
    const std::size_t most = std::max<std::size_t>(kAtATime / rooms_.size(), 4);
    Reader::Stretch stretch = Reader::Stretch::of_room(texts.room);
    if (texts.last) stretch.to = *texts.last - 1;
    const auto error = reader_.texts(stretch, most, [&](Place place, std::string_view content) {
        texts.read.emplace_back(place, content);
    });
    texts.more = texts.read.size() == most;
    if (!texts.read.empty()) texts.last = texts.read.back().first;
    std::ranges::reverse(texts.read);
    return error;
}

std::error_code Finder::begin_with_fresh() {
    best_ = {};
    return reader_.fresh([&](Place place, std::string_view content) {
        if (is_mine(place) && !is_too_old(place) && query_.is_in(content)) keep(place);
    });
}

Reader::Found<bool> Finder::look_at_newest() {
    best_ = {};
    const auto is_older = [](const Texts& a, const Texts& b) {
        return Older{}(b.read.back().first, a.read.back().first);
    };
    std::vector<Texts> heap;
    for (const RoomNumber room : rooms_) {
        Texts texts{room};
        if (const auto error = read_on(texts)) return tl::unexpected(error);
        if (!texts.read.empty()) heap.push_back(std::move(texts));
    }
    std::ranges::make_heap(heap, is_older);
    for (std::size_t seen = 0; !heap.empty() && !is_full(); ++seen) {
        if (seen == kNewestMessages) return false;
        std::ranges::pop_heap(heap, is_older);
        Texts& newest = heap.back();
        if (query_.is_in(newest.read.back().second)) keep(newest.read.back().first);
        newest.read.pop_back();
        if (newest.read.empty() && newest.more) {
            if (const auto error = read_on(newest)) return tl::unexpected(error);
        }
        if (newest.read.empty()) {
            heap.pop_back();
        } else {
            std::ranges::push_heap(heap, is_older);
        }
    }
    return true;
}

Reader::Found<bool> Finder::look_everywhere(std::size_t most) {
    if (const auto error = begin_with_fresh()) return tl::unexpected(error);
    std::size_t seen = 0;
    bool all = true;
    const auto error = reader_.match_all(query_.expression(), [&](Place place) {
        if (is_mine(place) && !is_too_old(place)) keep(place);
        return all = ++seen < most;
    });
    if (error) return tl::unexpected(error);
    return all;
}

Reader::Found<bool> Finder::look_by_room() {
    if (const auto error = begin_with_fresh()) return tl::unexpected(error);
    std::vector<Place> newest;
    for (const RoomNumber room : rooms_) {
        const auto place = reader_.newest(room);
        if (!place) return tl::unexpected(place.error());
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
        if (error) return tl::unexpected(error);
    }
    return true;
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
