#include <algorithm>
#include <filesystem>
#include <fstream>
#include <station/app/command_line.hpp>
#include <station/app/config_file.hpp>
#include <string>
#include <vector>

#include "catch.hpp"

namespace station::app {
namespace {

std::string shown(std::string_view text) {
    const auto lines = parse_config(text);
    if (!lines) return "! " + lines.error();
    std::string all;
    for (const ConfigLine& line : *lines) {
        all += std::to_string(line.number) + "[" + line.name + "][" + line.value + "]";
    }
    return all;
}

TEST_CASE("config file: names and values, with what else an editor may leave in it") {
    CHECK(shown("").empty());
    CHECK(shown("\n# a = b\n  # c\n\t\n").empty());
    CHECK(shown("port = 9000\nhost=::1") == "1[port][9000]2[host][::1]");
    CHECK(shown("\r\n port\t=  9000 \r\ndata = /a b = c#d\n") == "2[port][9000]3[data][/a b = c#d]");
}

TEST_CASE("config file: what is wrong is said with the line") {
    CHECK(shown("a = 1\nport 9000\n") == "! 2: expected NAME = VALUE, got port 9000");
    CHECK(shown("= 1") == "! 1: expected NAME = VALUE, got = 1");
    CHECK(shown("[serve]") == "! 1: expected NAME = VALUE, got [serve]");
    CHECK(shown("a b = 1") == "! 1: expected NAME = VALUE, got a b = 1");
    CHECK(shown("\n\nport =\n").starts_with("! 3: port: expected a value, got none"));
    CHECK(shown("data = \"/a\"") == "! 1: data: a value has no quotes around it");
    CHECK(shown("port = 1 # web") == "! 1: port: a comment has a line of its own");
    CHECK(shown(std::string_view{"a = 1\0", 6}) == "! 1: a control character");
    CHECK(shown("a = \x1b[2J") == "! 1: a control character");
}

// A program with a command that has options of every kind, and a file of options for it.
class Program {
  public:
    Program() {
        command.add_option("--config", config, "");
        command.add_option("--data,--dir", data, "");
        command.add_option("--port", port, "");
        command.add_option("--host", hosts, "");
        command.add_flag("--chat", chat, "");
        command.add_option("--url", url, "").needs("--chat");
        cli.read_options_from("--config");
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() { std::filesystem::remove(path); }

    // What is wrong, FILE standing for the file's name; or nothing.
    std::string run(const std::string& text, std::vector<std::string> more = {}) {
        std::ofstream{path} << text;
        std::vector<std::string> words{"program", "serve", "--config", path};
        words.insert(words.end(), more.begin(), more.end());
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        std::string wrong = cli.parse(static_cast<int>(words.size()), argv.data()).value_or("");
        if (wrong.starts_with(path)) wrong.replace(0, path.size(), "FILE");
        return wrong;
    }

    std::string path =
        (std::filesystem::temp_directory_path() / ("station-config-" + std::to_string(::getpid()))).string();
    CommandLine cli{"", "program"};
    Command command = cli.add_subcommand("serve");
    std::string config;
    std::string data = "data";
    std::uint16_t port = 9000;
    std::vector<std::string> hosts;
    bool chat = false;
    std::string url;
};

TEST_CASE("config file: options come from it") {
    Program program;
    CHECK(program.run("data = /a b\nport = 7\nhost = one\nhost = two\nchat = true\nurl = https://x\n").empty());
    CHECK(program.data == "/a b");
    CHECK(program.port == 7);
    CHECK(program.hosts == std::vector<std::string>{"one", "two"});
    CHECK(program.chat);
    CHECK(program.url == "https://x");
    CHECK(program.command.given("--port"));
}

TEST_CASE("config file: the command line wins, whatever the order") {
    Program program;
    CHECK(program
              .run("dir = /file\nport = 7\nhost = one\nchat = true\n",
                   {"--data", "/line", "--host", "other", "--chat=false"})
              .empty());
    CHECK(program.data == "/line");
    CHECK(program.port == 7);
    CHECK(program.hosts == std::vector<std::string>{"other"});
    CHECK_FALSE(program.chat);
}

TEST_CASE("config file: a flag that is false is as if it were not there") {
    Program program;
    CHECK(program.run("chat = false\n").empty());
    CHECK_FALSE(program.chat);
    CHECK_FALSE(program.command.given("--chat"));
    CHECK(program.run("chat = false\n", {"--chat"}).empty());
    CHECK(program.chat);
}

TEST_CASE("config file: one half in the file, the other on the command line") {
    Program program;
    CHECK(program.run("chat = true\n", {"--url", "https://x"}).empty());
    CHECK(program.url == "https://x");
    CHECK(program.run("url = https://y\n", {"--chat"}).empty());
    CHECK(program.url == "https://y");
}

TEST_CASE("config file: what it may not say is refused with file and line") {
    Program program;
    CHECK(program.run("\nprot = 7\n") == "FILE:2: prot: there is no such option");
    CHECK(program.run("help = true\n") == "FILE:1: help: there is no such option");
    CHECK(program.run("config = x\n") == "FILE:1: config: there is no such option");
    CHECK(program.run("port = 70000\n") ==
          "FILE:1: port: expected a whole number, not below 0 and not too large, got '70000'");
    CHECK(program.run("port = 1\n\nport = 2\n") == "FILE:3: port: is in line 1 already");
    CHECK(program.run("data = a\ndir = b\n") == "FILE:2: dir: is in line 1 already");
    CHECK(program.run("chat = yes\n") == "FILE:1: chat: expected true or false, got yes");
    CHECK(program.run("url = https://x\n") == "FILE:1: url: is of no use without chat");
    CHECK(program.run("port\n") == "FILE:1: expected NAME = VALUE, got port");
}

TEST_CASE("config file: a wrong line is refused also where the command line has another value") {
    Program program;
    CHECK(program.run("port = x\n", {"--port", "1"}).starts_with("FILE:1: port: "));
}

TEST_CASE("config file: what is wrong on the command line is still said") {
    Program program;
    CHECK(program.run("port = 7\n", {"--port", "x"}).starts_with("--port: expected a whole number"));
    CHECK_FALSE(program.run("port = 7\n", {"--bogus"}).empty());
    CHECK_FALSE(program.run("port = 7\n", {"more"}).empty());
}

TEST_CASE("config file: one that can't be read, and one that has no end") {
    Program program;
    std::vector<std::string> words{"program", "serve", "--config", "/none/at/all"};
    const auto parse = [&] {
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        return program.cli.parse(static_cast<int>(words.size()), argv.data()).value_or("");
    };
    CHECK(parse() == "/none/at/all: No such file or directory");
    words.back() = "/";
    CHECK(parse() == "/: Is a directory");
    words.back() = "/dev/zero";
    CHECK(parse() == "/dev/zero: a file of options has 1048576 bytes at most");
}

}  // namespace
}  // namespace station::app
