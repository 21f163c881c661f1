#include <loadgen/check/payload.hpp>

#include <algorithm>

namespace station::check {
namespace {

// splitmix64's last steps: near numbers become far ones.
std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}

bool is_user_digit(char c) { return c >= '1' && c <= '9'; }

}  // namespace

Names::Names(std::uint64_t run) {
    constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::uint64_t rest = mixed(run);
    while (prefix_.size() < kBytes - 2) {
        prefix_ += kDigits[rest % kDigits.size()];
        rest /= kDigits.size();
    }
    prefix_ += 'u';
}

std::string Names::expand(std::string_view text, std::size_t iteration) const {
    std::string out;
    while (!text.empty()) {
        const auto plain = std::min(text.find('$'), text.size());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.starts_with("$u") && text.size() > 2 && is_user_digit(text[2])) {
            out += prefix_;
            out += text[2];
            text.remove_prefix(3);
        } else if (text.starts_with("$i")) {
            out += std::to_string(iteration);
            text.remove_prefix(2);
        } else if (!text.empty()) {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

std::string Payload::expand(const Names& names, std::size_t iteration) const {
    std::string out;
    for (const Part& part : parts) {
        const std::string bytes = part.is_text ? names.expand(part.bytes, iteration) : part.bytes;
        for (std::size_t i = 0; i < part.times; ++i) out += bytes;
    }
    return out;
}

bool Payload::counts() const {
    return std::any_of(parts.begin(), parts.end(),
                       [](const Part& part) { return part.is_text && part.bytes.find("$i") != std::string::npos; });
}

}  // namespace station::check
