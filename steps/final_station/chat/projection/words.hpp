// A text as the words that full-text search knows: those of FTS5's tokenizer unicode61, folded as it folds them, and
// runs of CJK as overlapping pairs, since no spaces stand between their words: 北京大 is 北京 京大 大. The last character of a
// run stands alone behind its pairs, so that each character begins a word, and a single one can be looked for.
//
// Any thread; where there is no memory for a tokenizer, std::bad_alloc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace station::chat {

struct Word {
    enum class Kind {
        plain,
        pair,  // of a run of CJK
        tail,  // the last character of a run, behind its pairs
        lone,  // a run of one character
    };
    Kind kind = Kind::plain;
    std::string text;      // folded
    std::size_t from = 0;  // bytes in the original
    std::size_t to = 0;
};

// What FTS5's own tokenizer makes the same words of: the text, with the pairs in the place of the runs.
std::string spread(std::string_view text);
std::vector<Word> words_of(std::string_view text);

// How many bytes the character has that the text begins with, at least 1: what is not UTF-8 counts byte by byte.
std::size_t character_at(std::string_view text);

}  // namespace station::chat
