#include <station/app/command_line.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <station/app/config_file.hpp>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>
#include <type_traits>
#include <utility>

namespace station::app {
namespace {

// What is wrong is said in words of our own: those of CLI11 change with its versions.
template <typename Number>
CLI::Validator between(Number least, Number most) {
    const CLI::Validator range = CLI::Range(least, most);
    std::ostringstream words;
    words << " not in range " << least << " to " << most;
    return CLI::Validator(
        [range, words = words.str()](const std::string& text) {
            return range(text).empty() ? std::string{} : "Value " + text + words;
        },
        range.get_description());
}

// CLI11 by itself takes an empty text for 0, and -1 for the largest number where there are no negative ones.
template <typename Number>
CLI::Option& number(CLI::Option* option) {
    option->check([](const std::string& text) {
        const auto value = base::parse_number<Number>(text);
        if (value && std::isfinite(static_cast<double>(*value))) return std::string{};
        return std::string{std::is_integral_v<Number> ? "expected a whole number" : "expected a number"} +
               (std::is_unsigned_v<Number> ? ", not below 0 and not too large" : "") + ", got '" + text + "'";
    });
    return *option;
}

// An option that is given nothing is a shell variable that was never set. Of what has no name, it may be meant.
CLI::Option& filled(const char* name, CLI::Option* option) {
    if (name[0] == '-') {
        option->check([](const std::string& text) { return text.empty() ? "expected a value, got an empty one" : ""; });
    }
    return *option;
}

// The command that was named last, of commands within commands.
CLI::App& innermost(CLI::App& app) {
    const auto named = app.get_subcommands();
    return named.empty() ? app : innermost(*named.back());
}

// Turns the lines of a file into words of the command line, each looked at by itself, since only here it is known which
// line it came from.
class ConfigReader {
  public:
    // After the command line has been parsed. What it holds is lost: it is to be parsed again.
    ConfigReader(CLI::App& command, std::string config_option)
        : command_{&command}, config_option_{std::move(config_option)} {
        for (const CLI::Option* option : command.get_options()) {
            if (option->count() > 0) given_.insert(option);
        }
    }

    // What is wrong with the line; empty: nothing.
    std::string read(const ConfigLine& line) {
        CLI::Option* const option = command_->get_option_no_throw("--" + line.name);
        if (option == nullptr || line.name == "help" || "--" + line.name == config_option_) {
            return "there is no such option";
        }
        const bool repeatable = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
        const auto [first, is_new] = seen_.try_emplace(option, line.number);
        if (!is_new && !repeatable) return "is in line " + std::to_string(first->second) + " already";
        const bool flag = option->get_expected_min() == 0;
        if (flag && line.value != "true" && line.value != "false") return "expected true or false, got " + line.value;
        try {
            option->clear();
            option->add_result(line.value);
            option->run_callback();
        } catch (const CLI::ParseError& error) {
            return without_name(error.what(), line.name);
        }
        if (given_.contains(option) || (flag && line.value == "false")) return {};
        words_.push_back("--" + line.name + (flag ? "" : "=" + line.value));
        applied_.emplace(option, line);
        return {};
    }

    // An option that is of no use without another one: "LINE: what is wrong".
    std::optional<std::string> missing() const {
        for (const auto& [option, line] : applied_) {
            for (const CLI::Option* needed : option->get_needs()) {
                if (given_.contains(needed) || applied_.contains(needed)) continue;
                return std::to_string(line.number) + ": " + line.name + ": is of no use without " +
                       needed->get_lnames().at(0);
            }
        }
        return std::nullopt;
    }

    const std::vector<std::string>& words() const { return words_; }

  private:
    // CLI11 names the option with its dashes, which the file does not have.
    static std::string without_name(std::string_view words, const std::string& name) {
        const std::string led = "--" + name + ": ";
        return std::string{words.starts_with(led) ? words.substr(led.size()) : words};
    }

    CLI::App* command_;
    std::string config_option_;
    std::set<const CLI::Option*> given_;
    std::map<const CLI::Option*, std::size_t> seen_;
    std::map<const CLI::Option*, ConfigLine> applied_;
    std::vector<std::string> words_;
};

}  // namespace

Argument Argument::required() const {
    option_->required();
    return *this;
}

Argument Argument::show_default() const {
    option_->capture_default_str();
    return *this;
}

Argument Argument::range(int least, int most) const {
    option_->check(between(least, most));
    return *this;
}

Argument Argument::range(std::size_t least, std::size_t most) const {
    option_->check(between(least, most));
    return *this;
}

Argument Argument::range(double least, double most) const {
    option_->check(between(least, most));
    return *this;
}

Argument Argument::positive() const {
    option_->check([](const std::string& text) {
        const bool is_none = text.find_first_not_of('0') == std::string::npos;
        return is_none || text.starts_with('-') ? "expected a number above 0, got " + text : std::string{};
    });
    return *this;
}

Argument Argument::one_of(const std::vector<std::string>& values) const {
    option_->check(CLI::IsMember(values));
    return *this;
}

Argument Argument::check(Check check) const {
    option_->check(std::move(check));
    return *this;
}

Argument Argument::excludes(std::initializer_list<Argument> others) const {
    for (const Argument& other : others) option_->excludes(other.option_);
    return *this;
}

Argument Argument::excludes(const char* other) const {
    option_->excludes(other);
    return *this;
}

Argument Argument::needs(const char* other) const {
    option_->needs(other);
    return *this;
}

bool Argument::given() const { return static_cast<bool>(*option_); }

Argument Command::add_option(const char* name, std::string& value, const char* about) const {
    return Argument{filled(name, app_->add_option(name, value, about))};
}

Argument Command::add_option(const char* name, std::filesystem::path& value, const char* about) const {
    return Argument{filled(name, app_->add_option(name, value, about))};
}

Argument Command::add_option(const char* name, std::vector<std::string>& value, const char* about) const {
    CLI::Option& option = filled(name, app_->add_option(name, value, about));
    // Otherwise it would eat the positional arguments behind it.
    if (name[0] == '-') option.expected(1)->take_all()->allow_extra_args(false);
    return Argument{option};
}

Argument Command::add_option(const char* name, int& value, const char* about) const {
    return Argument{number<int>(app_->add_option(name, value, about))};
}

Argument Command::add_option(const char* name, std::uint16_t& value, const char* about) const {
    return Argument{number<std::uint16_t>(app_->add_option(name, value, about))};
}

Argument Command::add_option(const char* name, std::uint64_t& value, const char* about) const {
    return Argument{number<std::uint64_t>(app_->add_option(name, value, about))};
}

Argument Command::add_option(const char* name, double& value, const char* about) const {
    return Argument{number<double>(app_->add_option(name, value, about))};
}

Argument Command::add_flag(const char* name, bool& value, const char* about) const {
    return Argument{*app_->add_flag(name, value, about)};
}

void Command::show_defaults() const { app_->option_defaults()->always_capture_default(); }

Command Command::add_subcommand(const std::string& name, const char* about) const {
    return Command{*app_->add_subcommand(name, about)};
}

void Command::require_subcommand() const { app_->require_subcommand(1); }

void Command::fall_through() const { app_->fallthrough(); }

bool Command::parsed() const { return app_->parsed(); }

bool Command::given(const char* option) const { return app_->count(option) > 0; }

std::string Command::subcommand() const { return app_->get_subcommands().at(0)->get_name(); }

CommandLine::CommandLine(const std::string& about, const std::string& name)
    : CommandLine{std::make_unique<CLI::App>(about, name)} {}

CommandLine::CommandLine(std::unique_ptr<CLI::App> app) : Command{*app}, owned_{std::move(app)} {}

CommandLine::~CommandLine() = default;

std::optional<std::string> CommandLine::parse(int argc, char** argv) {
    auto wrong = attempt([&] { app_->parse(argc, argv); });
    CLI::App& command = innermost(*app_);
    const CLI::Option* const config = config_option_.empty() ? nullptr : command.get_option_no_throw(config_option_);
    if (config == nullptr || config->count() != 1 || config->results().at(0).empty()) return wrong;
    // What is wrong so far may be that something is missing which the file has: all is looked at again with it.
    const std::string path = config->results().at(0);
    const auto lines = read_config_file(path);
    if (!lines) return base::one_line(lines.error());
    ConfigReader reader{command, config_option_};
    for (const ConfigLine& line : *lines) {
        if (const std::string problem = reader.read(line); !problem.empty()) {
            return base::one_line(path + ":" + std::to_string(line.number) + ": " + line.name + ": " + problem);
        }
    }
    if (const auto problem = reader.missing()) return base::one_line(path + ":" + *problem);
    std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    words.insert(words.end(), reader.words().begin(), reader.words().end());
    std::ranges::reverse(words);  // as CLI11 wants them
    return attempt([&] { app_->parse(words); });
}

std::optional<std::string> CommandLine::attempt(const std::function<void()>& parse) {
    try {
        parse();
        return std::nullopt;
    } catch (const CLI::CallForHelp&) {
        std::fputs(app_->help().c_str(), stdout);
        std::exit(EXIT_SUCCESS);
    } catch (const CLI::ParseError& error) {
        return base::one_line(error.what());
    }
}

void CommandLine::parse_or_exit(int argc, char** argv, std::optional<int> status) {
    try {
        app_->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int own_status = app_->exit(error);
        std::exit(own_status == EXIT_SUCCESS ? EXIT_SUCCESS : status.value_or(own_status));
    }
}

}  // namespace station::app
