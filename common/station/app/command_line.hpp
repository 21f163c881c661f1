// Command lines: options, flags, positional arguments and subcommands, their checks, their help. A front to CLI11,
// whose one header takes as long to compile as all else in a file of options, and more: behind it that happens once.
// What is understood, and the words of errors and help, are CLI11's own.
//
//   app::CommandLine cli{"Echoes lines", "echo"};
//   cli.add_option("--port", port, "Port to listen on").show_default();
//   if (const auto wrong = cli.parse(argc, argv)) fail(*wrong);
//
// Values are bound by reference and written by parse(). A mistake in how options are declared is thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace station::app {

// An option, a flag or a positional argument. A handle, to be copied at will; good for as long as the CommandLine is.
class Argument {
  public:
    // What is wrong with a value; empty: nothing.
    using Check = std::function<std::string(const std::string& text)>;

    explicit Argument(CLI::Option& option) : option_{&option} {}

    Argument required() const;
    Argument show_default() const;  // in the help: the value that the variable has now

    // Both ends are in the range. The help shows it with the type of its ends.
    Argument range(int least, int most) const;
    Argument range(std::size_t least, std::size_t most) const;
    Argument range(double least, double most) const;
    Argument positive() const;
    Argument one_of(const std::vector<std::string>& values) const;
    Argument check(Check check) const;

    // Others by name must have been added before.
    Argument excludes(std::initializer_list<Argument> others) const;
    Argument excludes(const char* other) const;
    Argument needs(const char* other) const;

    bool given() const;

  private:
    CLI::Option* option_;
};

// The program itself, or a subcommand. A handle like Argument.
class Command {
  public:
    explicit Command(CLI::App& app) : app_{&app} {}

    // "--name", "--name,--alias", or "name" for a positional argument. A vector without a dash takes all values that
    // follow; an option takes one, and may come again where it is a vector. An option's value may not be empty.
    Argument add_option(const char* name, std::string& value, const char* about) const;
    Argument add_option(const char* name, std::filesystem::path& value, const char* about) const;
    Argument add_option(const char* name, std::vector<std::string>& value, const char* about) const;
    Argument add_option(const char* name, int& value, const char* about) const;
    Argument add_option(const char* name, std::uint16_t& value, const char* about) const;
    Argument add_option(const char* name, std::uint64_t& value, const char* about) const;
    Argument add_option(const char* name, double& value, const char* about) const;
    Argument add_flag(const char* name, bool& value, const char* about) const;
    void show_defaults() const;  // of all options added from now on

    Command add_subcommand(const std::string& name, const char* about = "") const;
    void require_subcommand() const;  // exactly one
    void fall_through() const;        // of a subcommand: what it does not know may be an option of the program

    // After parse().
    bool parsed() const;  // of a subcommand: it was named
    bool given(const char* option) const;
    std::string subcommand() const;  // the name of the one that is required

  protected:
    CLI::App* app_;
};

// A program's command line. --help is there from the start: it prints the help and ends the program with status 0.
class CommandLine : public Command {
  public:
    explicit CommandLine(const std::string& about, const std::string& name = {});
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;
    ~CommandLine();

    // The value of this option, of whichever command has it, is a file of further options (config_file.hpp). What
    // stands on the command line wins; of an option that may be repeated it takes the place of all that the file says.
    void read_options_from(const char* option) { config_option_ = option; }

    // Says what is wrong with it, if anything; of the file: FILE:LINE: and what.
    [[nodiscard]] std::optional<std::string> parse(int argc, char** argv);
    // Where something is wrong, prints it and ends the program; without a status, with CLI11's own for this error.
    void parse_or_exit(int argc, char** argv, std::optional<int> status = {});

  private:
    explicit CommandLine(std::unique_ptr<CLI::App> app);
    std::optional<std::string> attempt(const std::function<void()>& parse);

    std::unique_ptr<CLI::App> owned_;
    std::string config_option_;
};

}  // namespace station::app
