// What is found by which query, and where in a text, beside FTS5 itself: what highlights() finds is what it matches.
#include <algorithm>
#include <catch.hpp>
#include <chat/projection/search.hpp>
#include <chat/projection/words.hpp>
#include <random.hpp>
#include <station/sqlite/sqlite.hpp>

using namespace station;
using namespace station::chat;

namespace {

using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;

// FTS5, with one text in it at a time.
class Fts {
  public:
    Fts() {
        sqlite3* handle = nullptr;
        REQUIRE(sqlite3_open(":memory:", &handle) == SQLITE_OK);
        database_.reset(handle);
        run("CREATE VIRTUAL TABLE s USING fts5(content, content='', columnsize=0,"
            " tokenize='unicode61 remove_diacritics 2')");
    }
    bool matches(const std::string& content, const std::string& expression) {
        run("INSERT INTO s(s) VALUES('delete-all')");
        bind_and_step("INSERT INTO s(rowid, content) VALUES(1, ?1)", indexed_text(content));
        return bind_and_step("SELECT 1 FROM s WHERE s MATCH ?1", expression);
    }

  private:
    void run(const char* sql) { REQUIRE(sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK); }
    bool bind_and_step(const char* sql, const std::string& text) {
        sqlite3_stmt* statement = nullptr;
        REQUIRE(sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) == SQLITE_OK);
        sqlite3_bind_text(statement, 1, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
        const int result = sqlite3_step(statement);
        const std::string message = sqlite3_errmsg(database_.get());
        sqlite3_finalize(statement);
        if (result != SQLITE_ROW && result != SQLITE_DONE) FAIL(sql << ", " << text << ": " << message);
        return result == SQLITE_ROW;
    }
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close(handle); }
    };
    std::unique_ptr<sqlite3, Close> database_;
};

std::string utf8(char32_t code) {
    std::string text;
    const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
    return text;
}

}  // namespace

TEST_CASE("words are found in either case and without their marks") {
    CHECK(highlights("The Station is open", "station") == Ranges{{4, 11}});
    CHECK(highlights("The Station is open", "OPEN the") == Ranges{{0, 3}, {15, 19}});
    CHECK(highlights("The Station is open", "open closed").empty());
    CHECK(highlights("Das Café", "cafe") == Ranges{{4, 8}});
    CHECK(highlights("Das Cafe\u0301 dort", "café") == Ranges{{4, 9}});
    CHECK(highlights("ÄÖÜ äöü", "aou") == Ranges{{0, 3}, {4, 7}});
    CHECK(highlights("word word", "word word") == Ranges{{0, 4}, {5, 9}});
}

TEST_CASE("a star at a word's end makes it a prefix") {
    CHECK(highlights("a station, static", "stat*") == Ranges{{2, 9}, {11, 17}});
    CHECK(highlights("a station", "stat").empty());
    CHECK(highlights("a station", "*tion").empty());
    CHECK(highlights("stat ion", "stat*ion") == Ranges{{0, 8}});
    CHECK(highlights("a station", "STAT**") == Ranges{{2, 9}});
}

TEST_CASE("a phrase is found where its words stand one behind the other") {
    CHECK(highlights("and so it is", "\"so it is\"") == Ranges{{4, 12}});
    CHECK(highlights("so is it", "\"so it is\"").empty());
    CHECK(highlights("so, it... is", "\"so it is\"") == Ranges{{0, 12}});
    CHECK(highlights("don't", "don't") == Ranges{{0, 5}});
    CHECK(highlights("t don", "don't").empty());
}

TEST_CASE("ranges are in UTF-16 units of the text as it was written") {
    CHECK(highlights("😀😀 word", "word") == Ranges{{5, 9}});
    CHECK(highlights("👩‍👩‍👧 e\u0301te\u0301 word", "ete word") == Ranges{{9, 14}, {15, 19}});
    CHECK(highlights("𝔘𝔫𝔦 word", "word") == Ranges{{7, 11}});
    CHECK(highlights("东京 word", "word") == Ranges{{3, 7}});
}

TEST_CASE("of CJK two characters are a word, wherever they stand, and one is found, too") {
    CHECK(indexed_text("我住在北京。") == "我住 住在 在北 北京 京 。");
    CHECK(highlights("我住在北京。", "北京") == Ranges{{3, 5}});
    CHECK(highlights("我住在北京。", "住在北京") == Ranges{{1, 5}});
    CHECK(highlights("我住在北京。", "在京").empty());
    CHECK(highlights("我住在北京。", "北") == Ranges{{3, 4}});
    CHECK(highlights("我住在北京。", "京") == Ranges{{4, 5}});
    CHECK(highlights("我住在北京。", "我 京") == Ranges{{0, 1}, {4, 5}});
    CHECK(highlights("iPhone手机壳", "手机") == Ranges{{6, 8}});
    CHECK(highlights("iPhone手机壳", "iphone手机") == Ranges{{0, 8}});
    CHECK(highlights("手机app好", "机app") == Ranges{{1, 5}});
    CHECK(highlights("한국어를 배운다", "한국") == Ranges{{0, 2}});
    CHECK(highlights("カタカナとひらがな", "カナ") == Ranges{{2, 4}});
    CHECK(highlights("𠮷野家 𠮷", "𠮷野") == Ranges{{0, 3}});
    CHECK(highlights("北京北京", "北京") == Ranges{{0, 4}});
    CHECK(highlights("东京 大学", "东京　大学") == Ranges{{0, 2}, {3, 5}});
}

TEST_CASE("what is none of our language is text, and what has no word is nothing") {
    for (const char* const query :
         {"", " ", "*", "\"", "\"\"", "\"\"\"", "-", "()", "😀", "。", "* \" *", "^", ":", "\xFF"}) {
        INFO(query);
        CHECK(match_expression(query) == std::nullopt);
        CHECK(highlights("any text", query).empty());
    }
    CHECK(match_expression("cat AND dog") == R"("cat" AND "and" AND "dog")");
    CHECK(match_expression("NEAR(a b, 2)") == R"("near a" AND "b" AND "2")");
    CHECK(match_expression("content:word") == R"("content word")");
    CHECK(match_expression("-no ^first {x}") == R"("no" AND "first" AND "x")");
    CHECK(match_expression("say \"so it") == R"("say" AND "so" AND "it")");
    CHECK(match_expression("say\"so it\"now") == R"("say" AND "so it" AND "now")");
    CHECK(match_expression(std::string_view{"one\0two", 7}) == R"("one" AND "two")");
    CHECK(match_expression("stat*") == R"("stat" *)");
}

TEST_CASE("a folded word is folded to itself, so that FTS5 reads an expression as it was meant") {
    std::size_t words = 0;
    // All of them; with a sanitizer a tenth.
    for (char32_t first = 0; first < 0x110000; first += 0x1000 * station::test::kSlowness) {
        std::string text;
        for (char32_t code = std::max(first, U'\1'); code < first + 0x1000; ++code) {
            if (code < 0xD800 || code >= 0xE000) text += "a " + utf8(code) + ' ';
        }
        std::string folded;
        const auto once = words_of(text);
        for (const Word& word : once) {
            if (word.text != "a") folded += word.text + '\n';
        }
        std::string again;
        for (const Word& word : words_of(folded)) {
            if (word.kind != Word::Kind::tail) again += word.text + '\n';
        }
        INFO("from U+" << std::hex << static_cast<unsigned>(first));
        REQUIRE(again == folded);
        words += once.size();
    }
    CHECK(words > 1'000'000 / station::test::kSlowness);
}

TEST_CASE("what is highlighted is what FTS5 matches") {
    station::test::Random random;
    INFO(random.how_to_repeat());
    Fts fts;
    const std::vector<std::string> pieces{"a", "b",  "ab", "abc", "A",  "Ä",    "a\u0301", " ",  " ",  " ",      "-",
                                          "*", "\"", "北", "京",  "大", "北京", "。",      "か", "😀", "\u0301", "\xFF",
                                          "(", ":",  "^",  "AND", "　", "1",    "한",      "국", "\n", "'",      "𠮷"};
    const auto text = [&](std::uint64_t most) {
        std::string made;
        for (std::uint64_t i = random.between(0, most); i > 0; --i) made += pieces[random.index(pieces.size())];
        return made;
    };
    std::size_t found = 0;
    for (int i = 0; i < 4000; ++i) {
        const std::string content = text(12);
        const std::string query = text(4);
        const auto expression = match_expression(query);
        const Ranges ranges = highlights(content, query);
        INFO("content '" << content << "', query '" << query << "', " << expression.value_or("-"));
        REQUIRE((expression && fts.matches(content, *expression)) == !ranges.empty());
        std::size_t before = 0;
        for (const auto& [from, to] : ranges) {
            REQUIRE(from < to);
            if (before > 0) REQUIRE(from > before);
            before = to;
        }
        found += ranges.empty() ? 0 : 1;
    }
    CHECK(found > 200);
}
