#include <loadgen/child/findings.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iostream>

namespace station::child {
namespace {

bool read_number(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

void print_usage(const char* program, std::initializer_list<std::string_view> numbers) {
    std::cerr << "usage: " << program << " [--list] [--only ID] [--json FILE]";
    for (const auto name : numbers) std::cerr << " [" << name << " N]";
    std::cerr << "\n";
}

}  // namespace

std::uint64_t Options::number(std::string_view name, std::uint64_t otherwise) const {
    const auto found = numbers.find(name);
    return found == numbers.end() ? otherwise : found->second;
}

std::optional<Options> parse(int argc, char** argv, std::initializer_list<std::string_view> numbers) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word{argv[i]};
        bool understood = true;
        if (word == "--list") {
            options.list = true;
        } else if (i + 1 == argc) {
            understood = false;
        } else if (word == "--only" || word == "--json") {
            (word == "--only" ? options.only : options.json) = argv[++i];
        } else {
            understood = std::find(numbers.begin(), numbers.end(), word) != numbers.end() &&
                         read_number(argv[++i], options.numbers[std::string{word}]);
        }
        if (understood) continue;
        print_usage(argv[0], numbers);
        return std::nullopt;
    }
    return options;
}

nlohmann::ordered_json& Findings::add(std::string id, std::string_view title) {
    findings_.push_back({{"id", std::move(id)}, {"title", title}, {"verdict", "pass"}});
    return findings_.back();
}

std::size_t Findings::failed() const {
    return static_cast<std::size_t>(std::count_if(findings_.begin(), findings_.end(),
                                                  [](const auto& finding) { return finding["verdict"] != "pass"; }));
}

double Findings::seconds() const {
    return std::chrono::duration<double>{std::chrono::steady_clock::now() - begin_}.count();
}

int Findings::write(const Options& options) const {
    const nlohmann::ordered_json results{{"verdict", verdict()}, {"seconds", seconds()}, {"findings", findings_}};
    constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;
    if (!options.json.empty() && !(std::ofstream{options.json} << results.dump(2, ' ', false, kReplace) << std::endl)) {
        std::cerr << "cannot write " << options.json << "\n";
        return 2;
    }
    if (findings_.empty()) {
        std::cerr << "there is no " << options.only << "\n";
        return 2;
    }
    return failed() == 0 ? 0 : 1;
}

void print_field(std::string_view name, std::string_view text) {
    std::string padded{name};
    padded.resize(9, ' ');
    std::cout << "  " << padded << " " << text << "\n";
}

}  // namespace station::child
