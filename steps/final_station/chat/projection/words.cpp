#include "words.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <station/base/utf8.hpp>
#include <utility>

namespace station::chat {
namespace {

// As FTS5 cuts them (FTS5_MAX_TOKEN_SIZE).
constexpr std::size_t kMaxWord = 32768;

// The letters of what is written without spaces, and of Korean, whose words have endings: by Unicode's blocks, without
// their punctuation.
constexpr std::array<std::pair<char32_t, char32_t>, 17> kRuns{{{0x1100, 0x11FF},
                                                               {0x3005, 0x3007},
                                                               {0x3041, 0x3096},
                                                               {0x309D, 0x309F},
                                                               {0x30A1, 0x30FA},
                                                               {0x30FC, 0x30FF},
                                                               {0x3105, 0x312F},
                                                               {0x3131, 0x318E},
                                                               {0x31A0, 0x31BF},
                                                               {0x31F0, 0x31FF},
                                                               {0x3400, 0x4DBF},
                                                               {0x4E00, 0x9FFF},
                                                               {0xA960, 0xA97F},
                                                               {0xAC00, 0xD7FF},
                                                               {0xF900, 0xFAFF},
                                                               {0xFF66, 0xFF9F},
                                                               {0x1AFF0, 0x3FFFF}}};
constexpr unsigned char kFirstLead = 0xE1;  // of U+1100

bool may_hold_runs(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= kFirstLead; });
}

bool is_of_run(std::string_view character) {
    if (static_cast<unsigned char>(character.front()) < kFirstLead || character.size() < 3) return false;
    char32_t code = static_cast<unsigned char>(character.front()) & (character.size() == 3 ? 0x0FU : 0x07U);
    for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3FU);
    const auto* const block = std::ranges::lower_bound(kRuns, code, {}, [](const auto& pair) { return pair.second; });
    return block != kRuns.end() && block->first <= code;
}

// A part of the spread text, and where it comes from.
struct Part {
    Word::Kind kind;
    std::size_t spread_from;
    std::size_t from;
};

class Spreading {
  public:
    Spreading(std::string_view text, std::string& out, std::vector<Part>* parts)
        : text_(text), out_(out), parts_(parts) {}

    void run() {
        std::size_t at = 0;
        while (at < text_.size()) {
            const std::size_t end = end_of(at, false);
            if (end > at) put(Word::Kind::plain, at, end);
            at = end_of(end, true);
            put_run(end, at);
        }
    }

  private:
    std::size_t end_of(std::size_t at, bool in_run) const {
        while (at < text_.size()) {
            const std::size_t size = character_at(text_.substr(at));
            if (is_of_run(text_.substr(at, size)) != in_run) break;
            at += size;
        }
        return at;
    }

    void put_run(std::size_t from, std::size_t to) {
        std::size_t before = to;
        for (std::size_t at = from; at < to;) {
            const std::size_t next = at + character_at(text_.substr(at));
            if (before != to) put(Word::Kind::pair, before, next);
            before = at;
            at = next;
        }
        if (before != to) put(before == from ? Word::Kind::lone : Word::Kind::tail, before, to);
    }

    void put(Word::Kind kind, std::size_t from, std::size_t to) {
        if (!out_.empty()) out_ += ' ';
        if (parts_ != nullptr) parts_->push_back({kind, out_.size(), from});
        out_ += text_.substr(from, to - from);
    }

    std::string_view text_;
    std::string& out_;
    std::vector<Part>* parts_;
};

// FTS5 gives its tokenizers away, to those who have a database: https://sqlite.org/fts5.html, 7.
class Tokenizer {
  public:
    Tokenizer() {
        sqlite3* database = nullptr;
        const int opened = sqlite3_open_v2(":memory:", &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
        database_.reset(database);
        if (opened != SQLITE_OK) throw std::bad_alloc{};
        fts5_api* const api = api_of(database);
        void* data = nullptr;
        std::array<const char*, 2> options{"remove_diacritics", "2"};
        if (api == nullptr || api->xFindTokenizer(api, "unicode61", &data, &functions_) != SQLITE_OK ||
            functions_.xCreate(data, options.data(), static_cast<int>(options.size()), &tokenizer_) != SQLITE_OK) {
            throw std::bad_alloc{};
        }
    }
    Tokenizer(const Tokenizer&) = delete;
    Tokenizer& operator=(const Tokenizer&) = delete;
    ~Tokenizer() { functions_.xDelete(tokenizer_); }

    // on_word: void(std::string_view folded, std::size_t from, std::size_t to)
    template <typename OnWord>
    void run(std::string_view text, OnWord on_word) {
        const auto call = [](void* context, int, const char* word, int size, int from, int to) {
            try {
                (*static_cast<OnWord*>(context))({word, static_cast<std::size_t>(size)}, static_cast<std::size_t>(from),
                                                 static_cast<std::size_t>(to));
            } catch (const std::bad_alloc&) {
                return SQLITE_NOMEM;
            }
            return SQLITE_OK;
        };
        const int done = functions_.xTokenize(tokenizer_, &on_word, FTS5_TOKENIZE_DOCUMENT, text.data(),
                                              static_cast<int>(text.size()), call);
        if (done != SQLITE_OK) throw std::bad_alloc{};
    }

  private:
    static fts5_api* api_of(sqlite3* database) {
        fts5_api* api = nullptr;
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr) != SQLITE_OK) return nullptr;
        sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
        sqlite3_step(statement);
        sqlite3_finalize(statement);
        return api;
    }

    struct Close {
        void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    };
    std::unique_ptr<sqlite3, Close> database_;
    fts5_tokenizer functions_{};
    Fts5Tokenizer* tokenizer_ = nullptr;
};

}  // namespace

std::size_t character_at(std::string_view text) {
    if (static_cast<unsigned char>(text.front()) < 0x80) return 1;
    return std::max<std::size_t>(1, base::character_length(text.substr(0, 4)));
}

std::string spread(std::string_view text) {
    if (!may_hold_runs(text)) return std::string{text};
    std::string out;
    Spreading{text, out, nullptr}.run();
    return out;
}

std::vector<Word> words_of(std::string_view text) {
    thread_local Tokenizer tokenizer;
    std::vector<Word> words;
    if (!may_hold_runs(text)) {
        tokenizer.run(text, [&](std::string_view word, std::size_t from, std::size_t to) {
            words.push_back({Word::Kind::plain, std::string{word.substr(0, kMaxWord)}, from, to});
        });
        return words;
    }
    std::string out;
    std::vector<Part> parts;
    Spreading{text, out, &parts}.run();
    tokenizer.run(out, [&](std::string_view word, std::size_t from, std::size_t to) {
        const auto behind = std::ranges::upper_bound(parts, from, {}, &Part::spread_from);
        const Part& part = *std::prev(behind);
        words.push_back({part.kind, std::string{word.substr(0, kMaxWord)}, part.from + (from - part.spread_from),
                         part.from + (to - part.spread_from)});
    });
    return words;
}

}  // namespace station::chat
