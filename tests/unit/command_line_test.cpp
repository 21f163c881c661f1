#include "catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <station/app/command_line.hpp>
#include <string>
#include <vector>

namespace station::app {
namespace {

// argv, whose strings the caller may write to.
class Words {
  public:
    Words(std::initializer_list<std::string> words) : words_{words} {
        for (std::string& word : words_) argv_.push_back(word.data());
        argv_.push_back(nullptr);
    }
    int argc() const { return static_cast<int>(words_.size()); }
    char** argv() { return argv_.data(); }

  private:
    std::vector<std::string> words_;
    std::vector<char*> argv_;
};

std::optional<std::string> parse(CommandLine& cli, Words words) { return cli.parse(words.argc(), words.argv()); }

// What a program ends with that parses these words; 77 where it was told port 7 and goes on.
int status_of(Words words, std::optional<int> status) {
    const pid_t child = fork();
    if (child == 0) {
        if (!std::freopen("/dev/null", "w", stdout) || !std::freopen("/dev/null", "w", stderr)) _exit(99);
        int port = 0;
        CommandLine cli{"Listens"};
        cli.add_option("--port", port, "Port").range(0, 65535);
        cli.parse_or_exit(words.argc(), words.argv(), status);
        _exit(port == 7 ? 77 : 98);
    }
    int ended = 0;
    REQUIRE(waitpid(child, &ended, 0) == child);
    REQUIRE(WIFEXITED(ended));
    return WEXITSTATUS(ended);
}

TEST_CASE("command line: a value of each type") {
    std::string text;
    std::filesystem::path path;
    std::vector<std::string> list;
    int number = 0;
    std::uint16_t port = 0;
    std::uint64_t count = 0;
    double share = 0;
    bool flag = false;
    CommandLine cli{"Takes all there is"};
    cli.add_option("--text", text, "");
    cli.add_option("--path", path, "");
    cli.add_option("list", list, "");
    cli.add_option("--number", number, "");
    cli.add_option("--port", port, "");
    cli.add_option("--count", count, "");
    cli.add_option("--share", share, "");
    cli.add_flag("--flag", flag, "");
    CHECK(parse(cli, {"program", "--text", "a b", "--path=/a/b", "x", "y", "--number", "-3", "--port", "65535",
                      "--count", "18446744073709551615", "--share", "0.25", "--flag"}) == std::nullopt);
    CHECK(text == "a b");
    CHECK(path == "/a/b");
    CHECK(list == std::vector<std::string>{"x", "y"});
    CHECK(number == -3);
    CHECK(port == 65535);
    CHECK(count == 18446744073709551615u);
    CHECK(share == 0.25);
    CHECK(flag);
    CHECK(cli.given("--port"));
}

TEST_CASE("command line: a repeatable option takes one value each time, and leaves the rest to others") {
    std::vector<std::string> names;
    int step = 0;
    CommandLine cli{"Looks for names"};
    cli.add_option("--name", names, "");
    cli.add_option("step", step, "");
    CHECK(parse(cli, {"program", "--name", "a", "--name", "b", "3"}) == std::nullopt);
    CHECK(names == std::vector<std::string>{"a", "b"});
    CHECK(step == 3);
}

TEST_CASE("command line: what is wrong is said, in one line") {
    std::size_t threads = 1;
    std::string mode;
    std::string name;
    CommandLine cli{"Has rules"};
    cli.add_option("--threads", threads, "").range(1, 4);
    const auto slow = cli.add_option("--mode", mode, "").one_of({"slow", "fast"});
    const auto own = cli.add_option("--name", name, "").check([](const std::string& text) {
        return text == "me" ? "" : "not me: " + text;
    });
    own.excludes({slow});
    CHECK(parse(cli, {"program", "--threads", "5"}) == "--threads: Value 5 not in range 1 to 4");
    CHECK(parse(cli, {"program", "--mode", "odd"}) == "--mode: odd not in {slow,fast}");
    CHECK(parse(cli, {"program", "--name", "you"}) == "--name: not me: you");
    CHECK(parse(cli, {"program", "--name", "me", "--mode", "slow"}) == "--mode excludes --name");
    CHECK(parse(cli, {"program", "--name", "me"}) == std::nullopt);
    CHECK(own.given());
    CHECK_FALSE(slow.given());
}

TEST_CASE("command line: a subcommand, and the program's options behind it") {
    int seed = 0;
    CommandLine cli{"Runs one of two"};
    cli.add_option("--seed", seed, "");
    cli.require_subcommand();
    const auto first = cli.add_subcommand("first");
    const auto second = cli.add_subcommand("second");
    second.fall_through();
    CHECK(parse(cli, {"program"}) == "A subcommand is required");
    CHECK(parse(cli, {"program", "second", "--seed", "9"}) == std::nullopt);
    CHECK(cli.subcommand() == "second");
    CHECK(second.parsed());
    CHECK_FALSE(first.parsed());
    CHECK(seed == 9);
}

TEST_CASE("command line: the status of a program that ends at once") {
    constexpr int kOutOfRange = 105;  // CLI11's own
    CHECK(status_of({"program", "--port", "7"}, std::nullopt) == 77);
    CHECK(status_of({"program", "--help"}, std::nullopt) == 0);
    CHECK(status_of({"program", "--help"}, 2) == 0);
    CHECK(status_of({"program", "--port", "65536"}, std::nullopt) == kOutOfRange);
    CHECK(status_of({"program", "--port", "65536"}, 2) == 2);
}

}  // namespace
}  // namespace station::app
