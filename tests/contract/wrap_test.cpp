#include "catch.hpp"

#include <loadgen/check/wrap.hpp>
#include <sstream>

namespace station::check {
namespace {

TEST_CASE("wrap: a line that fits stays as it is") {
    CHECK(wrapped("  came      nothing\n\nnext\n", 40) == "  came      nothing\n\nnext\n");
}

TEST_CASE("wrap: a long line breaks at a blank, and goes on four columns behind its beginning") {
    CHECK(wrapped("  cause: one two three four", 20) == "  cause: one two\n      three four");
}

TEST_CASE("wrap: a word that is longer than the line is not cut") {
    CHECK(wrapped("see https://example.org/a/long/way x", 12) == "see\n    https://example.org/a/long/way\n    x");
}

TEST_CASE("wrap: a character of several bytes is one column") { CHECK(wrapped("… … … … …", 9) == "… … … … …"); }

TEST_CASE("wrap: what is written in pieces is wrapped by lines, and the rest when it is over") {
    std::ostringstream out;
    {
        WrappedOutput terminal{out, 10};
        out << "one two"
            << " three\nfour";
        out << " five six";
    }
    CHECK(out.str() == "one two\n    three\nfour five\n    six");
    out << " and on and on";
    CHECK(out.str().ends_with("six and on and on"));
}

}  // namespace
}  // namespace station::check
