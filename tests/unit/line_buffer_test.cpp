#include "catch.hpp"
#include "random.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <station/wire/line_buffer.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::wire {
namespace {

using Strings = std::vector<std::string>;

const std::string kTooLong = "<too long>";

// How lines are taken out: one by one with next(), or all that are whole with next_run().
enum class Take { lines, runs };

// What comes out of a buffer that is fed one piece after another; nothing more once a line is too long.
class Feeder {
  public:
    explicit Feeder(std::size_t max_line, Take how = Take::lines) : buffer_(max_line), how_(how) {}
    Feeder(ReadBlock& block, std::size_t max_line, Take how) : buffer_(block, max_line), how_(how) {}

    void feed(std::string_view piece) {
        while (!piece.empty() && !ended()) {
            const auto room = buffer_.prepare();
            REQUIRE_FALSE(room.empty());
            const std::size_t bytes = std::min(room.size(), piece.size());
            std::memcpy(room.data(), piece.data(), bytes);
            buffer_.commit(bytes);
            piece.remove_prefix(bytes);
            take();
        }
    }

    const Strings& lines() const { return lines_; }
    bool ended() const { return !lines_.empty() && lines_.back() == kTooLong; }
    LineBuffer& buffer() { return buffer_; }

  private:
    Line next() { return how_ == Take::lines ? buffer_.next() : buffer_.next_run(); }

    void take() {
        Line line = next();
        for (; line.status == LineStatus::complete; line = next()) keep(line.text);
        if (line.status == LineStatus::too_long) lines_.push_back(kTooLong);
    }

    void keep(std::string_view text) {
        if (how_ == Take::lines) {
            lines_.emplace_back(text);
            return;
        }
        REQUIRE(text.ends_with('\n'));
        while (!text.empty()) {
            lines_.emplace_back(text.substr(0, text.find('\n')));
            text.remove_prefix(lines_.back().size() + 1);
        }
    }

    LineBuffer buffer_;
    Take how_;
    Strings lines_;
};

// The lines of `pieces`, which both ways to take them out must agree on.
Strings lines_of(const std::vector<std::string_view>& pieces, std::size_t max_line = kDefaultMaxLine) {
    Feeder by_lines{max_line, Take::lines};
    Feeder by_runs{max_line, Take::runs};
    for (const auto piece : pieces) {
        by_lines.feed(piece);
        by_runs.feed(piece);
    }
    REQUIRE(by_lines.lines() == by_runs.lines());
    return by_lines.lines();
}

// The same by the book, from all the bytes at once.
Strings model(std::string_view bytes, std::size_t max_line) {
    Strings lines;
    for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
        std::string_view line = bytes.substr(0, end);
        bytes.remove_prefix(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.size() > max_line) {
            lines.push_back(kTooLong);
            return lines;
        }
        if (!line.empty()) lines.emplace_back(line);
    }
    if (bytes.ends_with('\r')) bytes.remove_suffix(1);
    if (bytes.size() > max_line) lines.push_back(kTooLong);
    return lines;
}

TEST_CASE("line buffer: lines come out whole, however the bytes are split") {
    const std::string_view bytes = "one\r\n\nt\rwo\n\r\nthree\n  \n\r\r\nend\nhalf";
    const Strings expected{"one", "t\rwo", "three", "  ", "\r", "end"};
    CHECK(lines_of({bytes}) == expected);
    for (std::size_t i = 0; i <= bytes.size(); ++i) {
        for (std::size_t j = i; j <= bytes.size(); ++j) {
            INFO("split at " << i << " and " << j);
            CHECK(lines_of({bytes.substr(0, i), bytes.substr(i, j - i), bytes.substr(j)}) == expected);
        }
    }
    Feeder byte_by_byte{kDefaultMaxLine};
    for (const char& byte : bytes) byte_by_byte.feed({&byte, 1});
    CHECK(byte_by_byte.lines() == expected);
}

TEST_CASE("line buffer: a carriage return counts only where the line ends") {
    CHECK(lines_of({"a\r\n"}) == Strings{"a"});
    CHECK(lines_of({"a\r\r\n"}) == Strings{"a\r"});
    CHECK(lines_of({"\ra\n"}) == Strings{"\ra"});
    CHECK(lines_of({"a\r"}).empty());
}

TEST_CASE("line buffer: empty lines are skipped") {
    CHECK(lines_of({"\n\r\n\n\n"}).empty());
    CHECK(lines_of({"\n\na\n\r\n\nb\n"}) == Strings{"a", "b"});
}

TEST_CASE("line buffer: any byte but the newline may stand in a line") {
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte) {
        if (byte != '\n') every_byte.push_back(static_cast<char>(byte));
    }
    CHECK(lines_of({every_byte + "\n"}) == Strings{every_byte});
}

TEST_CASE("line buffer: a line of exactly the limit is taken, one byte more is too long") {
    const std::size_t max_line = GENERATE(1u, 2u, 10u, 4094u, 4095u, 4096u, 4097u, 65536u);
    const std::string ending = GENERATE("\n", "\r\n");
    const std::string fits(max_line, 'x');
    const std::string before = "first\n";
    CAPTURE(max_line, ending.size());
    const Strings first = max_line >= 5 ? Strings{"first"} : Strings{kTooLong};

    Strings expected = first;
    if (first[0] != kTooLong) expected.insert(expected.end(), {fits, "y"});
    CHECK(lines_of({before + fits + ending + "y\n"}, max_line) == expected);
    CHECK(lines_of({fits + ending + "y\n"}, max_line) == Strings{fits, "y"});
    CHECK(lines_of({"x" + fits + ending + "y\n"}, max_line) == Strings{kTooLong});
    for (std::size_t cut = 0; cut < 4; ++cut) {
        const std::string all = fits + ending;
        const std::string over = "x" + all;
        const std::size_t at = all.size() - std::min(all.size(), cut);
        CHECK(lines_of({all.substr(0, at), all.substr(at)}, max_line) == Strings{fits});
        CHECK(lines_of({over.substr(0, at + 1), over.substr(at + 1)}, max_line) == Strings{kTooLong});
    }
}

TEST_CASE("line buffer: what can no longer become a line is refused without waiting for its end") {
    Feeder plain{10};
    plain.feed("0123456789");
    CHECK(plain.lines().empty());
    plain.feed("a");
    CHECK(plain.lines() == Strings{kTooLong});

    Feeder with_return{10};
    with_return.feed("0123456789\r");
    CHECK(with_return.lines().empty());
    with_return.feed("x");
    CHECK(with_return.lines() == Strings{kTooLong});
}

TEST_CASE("line buffer: after a line that was too long nothing is a line any more") {
    const std::string_view rest = GENERATE("", "\nnext\n", "x\nnext\n");
    Feeder feeder{4};
    feeder.feed("01234567");
    REQUIRE(feeder.lines() == Strings{kTooLong});
    LineBuffer& buffer = feeder.buffer();
    const auto room = buffer.prepare();
    REQUIRE(room.size() >= rest.size());
    std::memcpy(room.data(), rest.data(), rest.size());
    buffer.commit(rest.size());
    for (int i = 0; i < 3; ++i) CHECK(buffer.next().status == LineStatus::too_long);
}

TEST_CASE("line buffer: a too long line with its end in the same piece ends the stream as well") {
    LineBuffer buffer{4};
    const std::string_view bytes = "ok\n01234567\nnext\n";
    std::memcpy(buffer.prepare().data(), bytes.data(), bytes.size());
    buffer.commit(bytes.size());
    CHECK(buffer.next().text == "ok");
    for (int i = 0; i < 3; ++i) CHECK(buffer.next().status == LineStatus::too_long);
}

TEST_CASE("line buffer: a line stays readable until the next prepare") {
    LineBuffer buffer;
    const std::string_view bytes = "one\ntwo\nthree";
    std::memcpy(buffer.prepare().data(), bytes.data(), bytes.size());
    buffer.commit(bytes.size());
    const Line one = buffer.next();
    const Line two = buffer.next();
    CHECK(buffer.next().status == LineStatus::incomplete);
    CHECK(one.text == "one");
    CHECK(two.text == "two");
}

TEST_CASE("line buffer: prepare always has room, also behind a line of the limit") {
    const std::size_t max_line = GENERATE(1u, 1000u, 65536u, 1u << 20);
    LineBuffer buffer{max_line};
    for (std::size_t pending = 0; pending <= max_line;) {
        REQUIRE(buffer.next().status == LineStatus::incomplete);
        const auto room = buffer.prepare();
        REQUIRE_FALSE(room.empty());
        const std::size_t bytes = std::min(room.size(), max_line + 1 - pending);
        std::memset(room.data(), 'x', bytes);
        buffer.commit(bytes);
        pending += bytes;
    }
    CHECK(buffer.next().status == LineStatus::too_long);
}

TEST_CASE("line buffer: a read costs no more memory than a line and one large piece") {
    LineBuffer buffer{1000};
    for (int i = 0; i < 20; ++i) {
        const auto room = buffer.prepare();
        REQUIRE(room.size() <= 1000 + 65536);
        std::ranges::fill(room, '\n');
        buffer.commit(room.size());
        REQUIRE(buffer.next().status == LineStatus::incomplete);
    }
}

TEST_CASE("line buffer: a run is all the lines that are whole") {
    LineBuffer buffer{1000};
    const auto feed = [&](std::string_view bytes) {
        std::memcpy(buffer.prepare().data(), bytes.data(), bytes.size());
        buffer.commit(bytes.size());
    };
    feed("one\ntwo\nthr");
    CHECK(buffer.next_run().text == "one\ntwo\n");
    CHECK(buffer.next_run().status == LineStatus::incomplete);
    feed("ee\r\n\n\r\nfour\n");
    CHECK(buffer.next_run().text == "three\nfour\n");
    feed("five\nsix\n");
    CHECK(buffer.next().text == "five");
    CHECK(buffer.next_run().text == "six\n");
    feed("\n\r\n");
    CHECK(buffer.next_run().status == LineStatus::incomplete);
    feed("seven\n" + std::string(1001, 'x') + "\neight\n");
    CHECK(buffer.next_run().text == "seven\n");
    CHECK(buffer.next_run().status == LineStatus::too_long);
    CHECK(buffer.next_run().status == LineStatus::too_long);
}

TEST_CASE("line buffer: half a line survives that another buffer takes the block") {
    ReadBlock block;
    Feeder one{block, 100, Take::lines};
    Feeder two{block, 100, Take::runs};
    one.feed("half ");
    two.feed("other\nhalf");
    one.feed("a line\nmo");
    two.feed(" as well\n");
    one.feed("re\n");
    CHECK(one.lines() == Strings{"half a line", "more"});
    CHECK(two.lines() == Strings{"other", "half as well"});
}

TEST_CASE("line buffer: lines not yet taken survive it, too") {
    ReadBlock block;
    LineBuffer one{block, 100};
    LineBuffer two{block, 100};
    const std::string_view bytes = "a\nb\nc\nhalf";
    std::memcpy(one.prepare().data(), bytes.data(), bytes.size());
    one.commit(bytes.size());
    CHECK(one.next().text == "a");
    std::memset(two.prepare().data(), 'x', 1000);
    CHECK(one.next().text == "b");
    CHECK(one.next_run().text == "c\n");
    CHECK(one.next().status == LineStatus::incomplete);
    std::memcpy(one.prepare().data(), "\n", 1);
    one.commit(1);
    CHECK(one.next().text == "half");
}

TEST_CASE("line buffer: a block outlives the buffer that used it last") {
    ReadBlock block;
    LineBuffer one{block, 100};
    {
        LineBuffer two{block, 100};
        std::memcpy(two.prepare().data(), "gone", 4);
        two.commit(4);
    }
    std::memcpy(one.prepare().data(), "here\n", 5);
    one.commit(5);
    CHECK(one.next().text == "here");
}

std::string random_lines(test::Random& random, std::size_t max_line) {
    std::string bytes;
    for (std::size_t lines = random.between(0, 30); lines > 0; --lines) {
        bytes.append(random.chance(0.3) ? random.between(0, 1 + max_line + max_line / 8) : random.between(0, 3), 'x');
        if (random.chance(0.3)) bytes += '\r';
        if (random.chance(0.9)) bytes += '\n';
    }
    return bytes;
}

TEST_CASE("line buffer: random bytes in random pieces, on a block for many, agree with the model") {
    test::Random random;
    INFO(random.how_to_repeat());
    for (int round = 0; round < 500; ++round) {
        constexpr std::size_t kBuffers = 4;
        const std::size_t max_line = random.chance(0.5) ? random.between(1, 12) : random.between(1, 6000);
        ReadBlock block;
        std::vector<std::unique_ptr<Feeder>> feeders;
        std::vector<std::string> all;
        std::vector<std::string_view> left;
        for (std::size_t i = 0; i < kBuffers; ++i) {
            feeders.push_back(std::make_unique<Feeder>(block, max_line, i % 2 == 0 ? Take::lines : Take::runs));
            all.push_back(random_lines(random, max_line));
        }
        for (const std::string& bytes : all) left.emplace_back(bytes);
        while (std::ranges::any_of(left, [](std::string_view rest) { return !rest.empty(); })) {
            const std::size_t i = random.index(kBuffers);
            const std::size_t piece = random.between(1, random.chance(0.5) ? 8 : 10000);
            feeders[i]->feed(left[i].substr(0, piece));
            left[i].remove_prefix(std::min(piece, left[i].size()));
        }
        for (std::size_t i = 0; i < kBuffers; ++i) {
            CAPTURE(round, i, max_line, all[i]);
            REQUIRE(feeders[i]->lines() == model(all[i], max_line));
        }
    }
}

}  // namespace
}  // namespace station::wire
