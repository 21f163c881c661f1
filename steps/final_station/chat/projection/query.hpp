// What somebody looks for, understood: words, prefixes and phrases, each a row of words that must stand one behind the
// other. The language is ours; nothing of FTS5's own comes through. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "words.hpp"

namespace station::chat {

class Query {
  public:
    using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;

    // nullopt: there is no word in it.
    static std::optional<Query> parse(std::string_view text);

    std::string expression() const;  // FTS5's
    bool has_prefix() const;
    bool has_many_words() const;
    // Where it is in a text: UTF-16 units, ascending, apart. None: not all of it is there.
    Ranges find_in(std::string_view content) const;
    // The same question, answered sooner.
    bool is_in(std::string_view content) const;

  private:
    struct Phrase {
        std::vector<std::string> words;
        bool prefix = false;  // the last of them
        bool lone = false;    // the last of them is one character of CJK, and is found in pairs
    };

    void add_word(std::string_view word);
    void add(std::string_view text, bool prefix);
    static bool is_at(const Phrase& phrase, const std::vector<Word>& words, std::size_t at);
    static std::pair<std::size_t, std::size_t> range_of(const Phrase& phrase, const std::vector<Word>& words,
                                                        std::size_t at, std::string_view content);

    std::vector<Phrase> phrases_;
};

}  // namespace station::chat
