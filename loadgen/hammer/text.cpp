#include <loadgen/hammer/result.hpp>
#include <loadgen/hammer/text.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>
#include <system_error>

namespace station::hammer {
namespace {

std::string describe_loop(const Plan& plan) {
    if (plan.hold.count() > 0) {
        return "one request each, held for " + short_time(static_cast<std::uint64_t>(plan.hold.count()));
    }
    const std::string in_flight = " in flight on each";
    if (plan.rate <= 0) return base::with_commas(plan.pipeline) + in_flight + ", closed loop";
    return "at most " + base::with_commas(plan.pipeline) + in_flight + ", open loop of " + exact_rate(plan.rate) + "/s";
}

std::string describe_mix(const Plan& plan) {
    if (plan.mix == Mix::echo) return "echo of " + counted(plan.payload, "byte", "bytes");
    if (plan.mix == Mix::ws) {
        std::string text = "events of " + counted(plan.payload, "byte", "bytes") + " published to " + plan.topic;
        if (plan.subscribers > 0) text += " for " + counted(plan.subscribers, "subscriber", "subscribers");
        return text;
    }
    std::string text = plan.buys_only ? "buys of 1" : "events";
    if (plan.reads > 0) {
        char share[32];
        std::snprintf(share, sizeof share, "%.3g %% reads", plan.reads * 100);
        text += std::string{", "} + share;
    }
    return text + " of " + counted(plan.users, "user", "users");
}

}  // namespace

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
    return base::with_commas(number) + ' ' + std::string{number == 1 ? one : many};
}

std::string short_time(std::uint64_t nanoseconds) {
    static constexpr std::pair<double, const char*> kUnits[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
    const auto value = static_cast<double>(nanoseconds);
    for (const auto& [size, name] : kUnits) {
        const double number = value / size;
        if (number < 0.9995) continue;
        const int decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
        char text[32];
        std::snprintf(text, sizeof text, "%.*f %s", decimals, number, name);
        return text;
    }
    return std::to_string(nanoseconds) + " ns";
}

std::string latency_text(const metrics::Histogram& latency, double percent) {
    return latency.count() == 0 ? kNothing : short_time(latency.percentile(percent));
}

std::string exact_rate(double per_second) {
    constexpr std::uint64_t kParts = 1'000'000;
    const auto parts = static_cast<std::uint64_t>(std::llround(per_second * static_cast<double>(kParts)));
    char text[32];
    if (parts == 0 && per_second > 0) {
        std::snprintf(text, sizeof text, "%.3g", per_second);
        return text;
    }
    std::snprintf(text, sizeof text, ".%06u", static_cast<unsigned>(parts % kParts));
    std::string decimals = text;
    decimals.erase(decimals.find_last_not_of('0') + 1);
    return base::with_commas(parts / kParts) + (decimals == "." ? "" : decimals);
}

std::string measured_rate(double per_second) {
    if (per_second == 0 || per_second >= 99.95) {
        return base::with_commas(static_cast<std::uint64_t>(std::llround(per_second)));
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", per_second < 9.995 ? 2 : 1, per_second);
    return text;
}

std::string right_aligned(std::string_view text, std::size_t width) {
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    const auto characters = text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues));
    return std::string(width - std::min(width, characters), ' ') + std::string{text};
}

std::string shown(std::string_view line) {
    constexpr std::size_t kMostShown = 64;
    if (line.ends_with('\n')) line.remove_suffix(1);
    std::string text = "\"";
    for (const char c : line.substr(0, kMostShown)) {
        text += c >= ' ' && c <= '~' ? std::string(1, c) : base::hex_escape(c);
    }
    return text + (line.size() > kMostShown ? "\" and more" : "\"");
}

std::string error_text(int error) { return std::generic_category().message(error); }

std::string in_words(const Plan& plan) {
    std::string text =
        counted(plan.connections, "connection", "connections") + ", " + describe_loop(plan) + ", " + describe_mix(plan);
    if (plan.idle > 0) text += ", " + base::with_commas(plan.idle) + " idle";
    if (plan.dribblers > 0) text += ", " + counted(plan.dribblers, "dribbler", "dribblers");
    return text;
}

std::vector<std::pair<std::string_view, std::uint64_t>> by_kind(const Replies& replies) {
    std::vector<std::pair<std::string_view, std::uint64_t>> kinds = {{"echoed", replies.echoed},
                                                                     {"accepted", replies.accepted},
                                                                     {"ok", replies.ok},
                                                                     {"server_busy", replies.server_busy},
                                                                     {"shutting_down", replies.shutting_down},
                                                                     {"errors", replies.errors},
                                                                     {"other", replies.other},
                                                                     {"mismatched", replies.mismatched}};
    std::erase_if(kinds, [](const auto& kind) { return kind.second == 0; });
    return kinds;
}

}  // namespace station::hammer
