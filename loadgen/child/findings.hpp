// The command line of a program that tries one thing after the other, and what it leaves behind: a verdict, and a file
// {"verdict", "seconds", "findings": [{"id", "title", "verdict", "cause", …}]}, in which each program adds its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace station::child {

struct Options {
    bool list = false;
    std::string only;                                           // an id; empty: all
    std::string json;                                           // a file; empty: none
    std::map<std::string, std::uint64_t, std::less<>> numbers;  // "--schedules" → 1000

    std::uint64_t number(std::string_view name, std::uint64_t otherwise) const;
};

// [--list] [--only ID] [--json FILE], and of `numbers` each with a number. nullopt: the usage was printed.
std::optional<Options> parse(int argc, char** argv, std::initializer_list<std::string_view> numbers = {});

class Findings {
  public:
    // Starts with "pass"; the caller changes what is to be changed.
    nlohmann::ordered_json& add(std::string id, std::string_view title);

    std::size_t count() const { return findings_.size(); }
    std::size_t failed() const;
    std::string verdict() const { return failed() == 0 ? "pass" : "fail"; }
    double seconds() const;
    // The program's exit status: 0, 1 where something failed, 2 where the file can't be written or nothing was tried.
    int write(const Options& options) const;

  private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    nlohmann::ordered_json findings_ = nlohmann::ordered_json::array();
};

// "  name      text", as all findings are printed.
void print_field(std::string_view name, std::string_view text);

}  // namespace station::child
