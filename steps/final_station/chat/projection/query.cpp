#include "query.hpp"

#include <algorithm>
#include <station/base/text.hpp>

namespace station::chat {
namespace {

constexpr std::string_view kBetween{" \t\r\n\v\f\0\"", 8};

// Those that people type between words besides: no-break space, ideographic space.
std::string with_plain_spaces(std::string_view text) {
    std::string plain{text};
    for (const std::string_view space : {"\xC2\xA0", "\xE3\x80\x80"}) {
        for (std::size_t at = 0; (at = plain.find(space, at)) != std::string::npos;)
            plain.replace(at, space.size(), " ");
    }
    return plain;
}

// UTF-16 units of a text; of what is not UTF-8, one a byte.
std::size_t units_of(std::string_view text) {
    std::size_t units = 0;
    while (!text.empty()) {
        const std::size_t size = character_at(text);
        units += size == 4 ? 2 : 1;
        text.remove_prefix(size);
    }
    return units;
}

Query::Ranges apart(Query::Ranges ranges) {
    std::ranges::sort(ranges);
    Query::Ranges merged;
    for (const auto& [from, to] : ranges) {
        if (merged.empty() || from > merged.back().second) {
            merged.emplace_back(from, to);
        } else {
            merged.back().second = std::max(merged.back().second, to);
        }
    }
    return merged;
}

Query::Ranges in_units(const Query::Ranges& ranges, std::string_view content) {
    Query::Ranges units;
    std::size_t at = 0;
    std::size_t before = 0;
    for (const auto& [from, to] : ranges) {
        const std::size_t begin = before + units_of(content.substr(at, from - at));
        const std::size_t end = begin + units_of(content.substr(from, to - from));
        units.emplace_back(begin, end);
        at = to;
        before = end;
    }
    return units;
}

// A folded word of a text that is ASCII is in it as it is, but for its case.
bool has_word_of(std::string_view ascii, std::string_view word) {
    return std::search(ascii.begin(), ascii.end(), word.begin(), word.end(),
                       [](char a, char b) { return base::lower(a) == b; }) != ascii.end();
}

bool is_ascii(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; });
}

}  // namespace

std::optional<Query> Query::parse(std::string_view whole) {
    const std::string plain = with_plain_spaces(whole);
    std::string_view text = plain;
    Query query;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find_first_of(kBetween), text.size());
        if (size > 0) {
            query.add_word(text.substr(0, size));
            text.remove_prefix(size);
            continue;
        }
        const std::size_t end = text.front() == '"' ? text.find('"', 1) : std::string_view::npos;
        if (end != std::string_view::npos) query.add(text.substr(1, end - 1), false);
        text.remove_prefix(end == std::string_view::npos ? 1 : end + 1);
    }
    if (query.phrases_.empty()) return std::nullopt;
    return query;
}

void Query::add_word(std::string_view word) {
    const std::size_t size = word.find_last_not_of('*') + 1;
    add(word.substr(0, size), size < word.size());
}

void Query::add(std::string_view text, bool prefix) {
    std::vector<Word> words = words_of(text);
    if (words.empty()) return;
    // A run at the end of what is looked for may go on in a text.
    if (words.back().kind == Word::Kind::tail) words.pop_back();
    Phrase phrase;
    phrase.lone = words.back().kind == Word::Kind::lone;
    phrase.prefix = phrase.lone || (prefix && words.back().to == text.size());
    for (Word& word : words) phrase.words.push_back(std::move(word.text));
    phrases_.push_back(std::move(phrase));
}

std::string Query::expression() const {
    std::string text;
    for (const Phrase& phrase : phrases_) {
        if (!text.empty()) text += " AND ";
        text += '"';
        for (std::size_t i = 0; i < phrase.words.size(); ++i) {
            if (i > 0) text += ' ';
            text += phrase.words[i];
        }
        text += phrase.prefix ? "\" *" : "\"";
    }
    return text;
}

bool Query::has_prefix() const { return std::ranges::any_of(phrases_, &Phrase::prefix); }

bool Query::has_many_words() const { return phrases_.size() > 1 || phrases_.front().words.size() > 1; }

bool Query::is_at(const Phrase& phrase, const std::vector<Word>& words, std::size_t at) {
    if (phrase.words.size() > words.size() - at) return false;
    const std::size_t last = phrase.words.size() - 1;
    for (std::size_t i = 0; i < last; ++i) {
        if (phrase.words[i] != words[at + i].text) return false;
    }
    const std::string& word = words[at + last].text;
    return phrase.prefix ? word.starts_with(phrase.words[last]) : word == phrase.words[last];
}

std::pair<std::size_t, std::size_t> Query::range_of(const Phrase& phrase, const std::vector<Word>& words,
                                                    std::size_t at, std::string_view content) {
    const Word& last = words[at + phrase.words.size() - 1];
    const bool half = phrase.lone && last.kind == Word::Kind::pair;
    return {words[at].from, half ? last.from + character_at(content.substr(last.from)) : last.to};
}

bool Query::is_in(std::string_view content) const {
    if (is_ascii(content)) {
        for (const Phrase& phrase : phrases_) {
            if (!std::ranges::all_of(phrase.words, [&](const auto& word) { return has_word_of(content, word); })) {
                return false;
            }
        }
    }
    return !find_in(content).empty();
}

Query::Ranges Query::find_in(std::string_view content) const {
    const std::vector<Word> words = words_of(content);
    Ranges ranges;
    for (const Phrase& phrase : phrases_) {
        const std::size_t before = ranges.size();
        for (std::size_t at = 0; at < words.size(); ++at) {
            if (is_at(phrase, words, at)) ranges.push_back(range_of(phrase, words, at, content));
        }
        if (ranges.size() == before) return {};
    }
    return in_units(apart(std::move(ranges)), content);
}

}  // namespace station::chat
