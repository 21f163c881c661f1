#include <loadgen/hammer/talk/room_log.hpp>

#include <algorithm>

namespace station::hammer::talk {

RoomLog::Verdict RoomLog::take(const Said& said) {
    const bool is_own = said.number != kStranger;
    if (said.sequence > last_) {
        if (std::exchange(leaves_out_, false)) left_out_.emplace_back(last_, said.sequence);
        last_ = said.sequence;
        is_own ? own_.push_back(said) : strangers_.push_back(said.sequence);
        return Verdict::right;
    }
    if (!is_own)
        return std::ranges::binary_search(strangers_, said.sequence) ? Verdict::doubled : Verdict::out_of_order;
    const auto place = std::ranges::lower_bound(own_, said);
    if (place != own_.end() && *place == said) return Verdict::doubled;
    own_.insert(place, said);  // late, but not lost
    return Verdict::out_of_order;
}

bool RoomLog::is_left_out(std::uint64_t sequence) const {
    return std::ranges::any_of(left_out_,
                               [&](const auto& range) { return sequence > range.first && sequence < range.second; });
}

bool RoomLog::has(const Said& said) const {
    return std::ranges::binary_search(own_, said) || is_left_out(said.sequence);
}

std::uint64_t RoomLog::missing(std::span<const Said> all) const {
    return static_cast<std::uint64_t>(std::ranges::count_if(all, [&](const Said& said) { return !has(said); }));
}

const Said* RoomLog::first_missing(std::span<const Said> all) const {
    const auto found = std::ranges::find_if(all, [&](const Said& said) { return !has(said); });
    return found == all.end() ? nullptr : &*found;
}

std::vector<Said> all_of(std::vector<Said> said, std::uint64_t& conflicts) {
    std::ranges::sort(said);
    said.erase(std::ranges::unique(said).begin(), said.end());
    for (std::size_t i = 1; i < said.size(); ++i) conflicts += said[i].sequence == said[i - 1].sequence ? 1 : 0;
    std::vector<std::uint32_t> numbers;
    for (const Said& one : said) numbers.push_back(one.number);
    std::ranges::sort(numbers);
    for (std::size_t i = 1; i < numbers.size(); ++i) conflicts += numbers[i] == numbers[i - 1] ? 1 : 0;
    return said;
}

}  // namespace station::hammer::talk
