#include <loadgen/hammer/talk/script.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <loadgen/hammer/payloads.hpp>
#include <random>
#include <station/base/numbers.hpp>

namespace station::hammer::talk {
namespace {

constexpr std::size_t kPlaces = 65521;  // where a text may begin: many, so that few are alike

std::string made_up_word(std::uint64_t rank) {
    std::string word;
    for (std::uint64_t left = rank * 6007 + 29; left > 0; left /= 20) {
        word += "bcdfghjklmnprstvwxyz"[left % 20];
        word += "aeiou"[left % 5];
    }
    return word;
}

}  // namespace

Script::Script(std::size_t characters, std::uint64_t seed, std::uint64_t run)
    : characters_(characters - std::min(characters, kStampBytes)) {
    char name[32];
    std::snprintf(name, sizeof name, "load-%016llx-", static_cast<unsigned long long>(run));
    prefix_ = name;
    constexpr double kRanks = 20'000;
    std::mt19937_64 random{seed};
    std::uniform_real_distribution<double> even{0, 1};
    while (words_.size() < kPlaces + characters_) {
        words_ += made_up_word(static_cast<std::uint64_t>(std::pow(kRanks, even(random))));
        words_ += ' ';
    }
}

std::string Script::id_of(std::uint32_t number) const { return prefix_ + std::to_string(number); }

std::uint32_t Script::number_of(std::string_view client_message_id) const {
    if (!client_message_id.starts_with(prefix_)) return kStranger;
    return base::parse_number<std::uint32_t>(client_message_id.substr(prefix_.size())).value_or(kStranger);
}

std::string_view Script::words_of(std::uint32_t number) const {
    const std::size_t place = std::size_t{number} * 7919 % kPlaces;
    return std::string_view{words_}.substr(place, characters_);
}

std::string Script::text_of(std::uint32_t number, Nanoseconds stamp) const {
    char digits[kStampBytes + 1];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(stamp.count()));
    std::string text = digits;
    text += words_of(number);
    if (text.ends_with(' ')) text.back() = '.';  // the chat trims
    return text;
}

bool Script::is_text_of(std::uint32_t number, std::string_view text) const {
    const std::string right = text_of(number, Nanoseconds{0});
    return text.size() == right.size() && text.substr(kStampBytes) == std::string_view{right}.substr(kStampBytes);
}

}  // namespace station::hammer::talk
