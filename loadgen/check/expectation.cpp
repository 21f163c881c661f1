#include <loadgen/check/expectation.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace station::check {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kAccepted = R"({"status":"accepted"})";
constexpr std::string_view kBusy = R"({"status":"rejected","reason":"server_busy"})";

template <typename... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

std::string valid_reply(const ValidReply& valid, const Place& place) {
    const bool carries_balance = place.step == 4 || place.step == 8;
    if (!carries_balance) return std::string{kAccepted};
    const auto balance = valid.balance_counts ? static_cast<std::int64_t>(place.iteration) : valid.balance;
    return R"({"status":"ok","balance":)" + std::to_string(balance) + "}";
}

// The three keys in the contract's order without spaces, and a detail that says what the case asks it to say.
// How the detail's characters are escaped is the server's business.
bool is_invalid_event(std::string_view line, const std::vector<std::string>& about) {
    constexpr std::string_view kStart = R"({"status":"error","reason":"invalid_event","detail":")";
    const Json reply = Json::parse(line, nullptr, false);
    if (!line.starts_with(kStart) || !line.ends_with("\"}") || !reply.is_object() || reply.size() != 3) return false;
    const auto detail = reply.at("detail").get<std::string>();
    const auto mentions = [&](const std::string& word) { return detail.find(word) != std::string::npos; };
    return !detail.empty() && std::all_of(about.begin(), about.end(), mentions);
}

std::string quoted_list(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " and ") + ("\"" + word + "\"");
    return text;
}

}  // namespace

bool matches(const Expectation& expected, const Place& place, std::string_view line) {
    return std::visit(Overloaded{
                          [&](const Exactly& exactly) {
                              return std::any_of(exactly.one_of.begin(), exactly.one_of.end(),
                                                 [&](const Payload& payload) {
                                                     return payload.expand(place.names, place.iteration) == line;
                                                 });
                          },
                          [&](const ValidReply& valid) {
                              return line == valid_reply(valid, place) ||
                                     (valid.or_busy && place.step >= 5 && line == kBusy);
                          },
                          [&](const ErrorReply& error) {
                              if (error.reason == "invalid_event") return is_invalid_event(line, error.about);
                              return line == R"({"status":"error","reason":")" + error.reason + "\"}";
                          },
                          [&](const MetricsReply&) {
                              const auto metrics = parse_metrics(line);
                              return metrics && metrics->received >= metrics->processed + metrics->dropped;
                          },
                      },
                      expected);
}

std::string describe(const Expectation& expected, const Place& place) {
    return std::visit(Overloaded{
                          [&](const Exactly& exactly) {
                              std::string text;
                              for (const Payload& payload : exactly.one_of) {
                                  text += (text.empty() ? "" : " or ") + payload.expand(place.names, place.iteration);
                              }
                              return text;
                          },
                          [&](const ValidReply& valid) {
                              const bool or_busy = valid.or_busy && place.step >= 5;
                              return valid_reply(valid, place) + (or_busy ? " or " + std::string{kBusy} : "");
                          },
                          [&](const ErrorReply& error) {
                              const std::string start = R"({"status":"error","reason":")" + error.reason + "\"";
                              if (error.reason != "invalid_event") return start + "}";
                              const std::string about =
                                  error.about.empty() ? "" : ", the detail with " + quoted_list(error.about);
                              return start + R"(,"detail":"…"})" + about;
                          },
                          [&](const MetricsReply&) {
                              return std::string{R"({"received":R,"processed":P,"dropped":D} with R >= P + D)"};
                          },
                      },
                      expected);
}

bool has_balance_request(int step) { return step >= 6; }
bool has_metrics_request(int step) { return step >= 9; }

std::optional<MetricsLine> parse_metrics(std::string_view line) {
    const Json reply = Json::parse(line, nullptr, false);
    if (!reply.is_object()) return std::nullopt;
    const auto count = [&](const char* name) {
        return reply.contains(name) && reply[name].is_number_unsigned() ? reply[name].get<std::uint64_t>() : 0;
    };
    const MetricsLine metrics{count("received"), count("processed"), count("dropped")};
    // Comparing with what the contract would print covers the keys, their order, their types and the spaces
    // at once.
    const Json wanted{{"received", metrics.received}, {"processed", metrics.processed}, {"dropped", metrics.dropped}};
    return wanted.dump() == line ? std::optional{metrics} : std::nullopt;
}

}  // namespace station::check
