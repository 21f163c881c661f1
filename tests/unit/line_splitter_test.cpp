#include <algorithm>
#include <station/wire/line_splitter.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "random.hpp"

namespace station::wire {
namespace {

using Lines = std::vector<std::string>;

const std::string kEndless = "<too long>";

Lines split(const std::vector<std::string>& pieces, std::size_t max_line) {
    LineSplitter splitter{max_line};
    Lines lines;
    for (const std::string& piece : pieces) {
        std::string_view left = piece;
        for (Line line = splitter.next(left); line.status != LineStatus::incomplete; line = splitter.next(left)) {
            if (line.status == LineStatus::too_long) {
                lines.push_back(kEndless);
                return lines;
            }
            lines.emplace_back(line.text);
        }
        REQUIRE(left.empty());
    }
    return lines;
}

Lines by_line_buffer(const std::string& bytes, std::size_t max_line) {
    LineBuffer buffer{max_line};
    Lines lines;
    std::string_view left = bytes;
    while (!left.empty()) {
        const auto room = buffer.prepare();
        const std::size_t count = std::min(room.size(), left.size());
        std::copy_n(left.begin(), count, room.begin());
        buffer.commit(count);
        left.remove_prefix(count);
        for (Line line = buffer.next(); line.status != LineStatus::incomplete; line = buffer.next()) {
            lines.push_back(line.status == LineStatus::too_long ? kEndless : std::string{line.text});
            if (line.status == LineStatus::too_long) return lines;
        }
    }
    return lines;
}

TEST_CASE("a splitter finds the lines that a LineBuffer finds, whatever pieces the bytes come in") {
    test::Random random;
    INFO(random.how_to_repeat());
    std::size_t long_ones = 0;
    for (int round = 0; round < 4000; ++round) {
        std::string bytes;
        const auto size = random.index(60);
        for (std::size_t i = 0; i < size; ++i) bytes += "ab\r\n\n"[random.index(5)];
        std::vector<std::string> pieces;
        for (std::string_view left = bytes; !left.empty();) {
            const std::size_t count = 1 + random.index(left.size());
            pieces.emplace_back(left.substr(0, count));
            left.remove_prefix(count);
        }
        const std::size_t max_line = 1 + random.index(12);
        const Lines wanted = by_line_buffer(bytes, max_line);
        INFO(bytes);
        REQUIRE(split(pieces, max_line) == wanted);
        if (!wanted.empty() && wanted.back() == kEndless) ++long_ones;
    }
    CHECK(long_ones > 100);
}

TEST_CASE("a line that is whole is not copied, and half a line is counted until its end is here") {
    LineSplitter splitter{100};
    const std::string bytes = "whole\nhalf of a line that is longer than a small string";
    std::string_view left = bytes;
    CHECK(splitter.next(left).text.data() == bytes.data());
    CHECK(splitter.next(left).status == LineStatus::incomplete);
    CHECK(splitter.inside_line());
    CHECK(splitter.kept() >= 40);
    left = " and its end\n";
    CHECK(splitter.next(left).text == "half of a line that is longer than a small string and its end");
    CHECK_FALSE(splitter.inside_line());
    CHECK(splitter.kept() < 40);
}

}  // namespace
}  // namespace station::wire
