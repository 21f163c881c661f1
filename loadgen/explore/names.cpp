#include <loadgen/explore/names.hpp>

#include <cctype>
#include <fstream>
#include <unordered_map>
#include <vector>

namespace station::explore {
namespace {

bool in_name(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; }

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

const std::vector<std::string>& lines_of(const std::string& file) {
    static std::unordered_map<std::string, std::vector<std::string>> known;
    const auto [at, is_new] = known.try_emplace(file);
    if (is_new) {
        std::ifstream stream{file};
        for (std::string line; std::getline(stream, line);) at->second.push_back(line);
    }
    return at->second;
}

bool is_locked_or_atomic(std::string_view after) {
    for (const std::string_view call :
         {".lock", ".unlock", ".try_lock", ".load(", ".store(", ".fetch_", ".exchange(", ".compare_exchange", ".wait(",
          ".notify_", ".acquire(", ".release(", ".try_acquire", ".count_down", ".arrive"}) {
        if (after.starts_with(call)) return true;
    }
    return false;
}

// The name inside "lock_guard lock{name}" and its like; empty where there is none, or more than a name.
std::string_view guarded(std::string_view line) {
    const bool guards = line.find("lock_guard") != std::string_view::npos ||
                        line.find("_lock") != std::string_view::npos || line.find("Lock") != std::string_view::npos;
    const auto open = line.find_first_of("{(");
    if (!guards || open == std::string_view::npos) return {};
    const auto close = line.find_first_of("})", open);
    if (close == std::string_view::npos) return {};
    const auto inner = trimmed(line.substr(open + 1, close - open - 1));
    for (const char letter : inner) {
        if (!in_name(letter) && letter != '.') return {};
    }
    return inner;
}

}  // namespace

std::string source_line(const Place& place) {
    const auto& lines = lines_of(place.file);
    if (place.line < 1 || static_cast<std::size_t>(place.line) > lines.size()) return {};
    const std::string_view line = lines[static_cast<std::size_t>(place.line) - 1];
    return std::string{trimmed(line.substr(0, line.find("//")))};
}

std::string object_in(std::string_view line) {
    if (const auto name = guarded(line); !name.empty()) return std::string{name};
    std::string only;
    for (std::size_t at = 0; at < line.size();) {
        std::size_t end = at;
        while (end < line.size() && in_name(line[end])) ++end;
        if (end == at) {
            ++at;
            continue;
        }
        const std::string_view name = line.substr(at, end - at);
        const bool is_member = name.ends_with("_");
        if (is_member || is_locked_or_atomic(line.substr(end))) {
            if (!only.empty() && only != name) return {};
            only = name;
        }
        at = end;
    }
    return only;
}

}  // namespace station::explore
