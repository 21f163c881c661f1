#include "api.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <station/base/base64.hpp>
#include <station/base/numbers.hpp>
#include <station/base/timestamp.hpp>
#include <utility>

namespace station::jetstream {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kBaseWord = "base=";
constexpr std::uint64_t kUnavailable = 503;
constexpr std::uint64_t kNoStream = 10059;
constexpr std::uint64_t kNoMessage = 10037;
constexpr std::int64_t kDuplicateWindow = 120'000'000'000;  // ns
constexpr std::int64_t kForgottenAfter = 30'000'000'000;    // ns

Json parse(std::string_view text) { return Json::parse(text, nullptr, false); }

// Whatever stands there: an answer may be anything.
const Json& member(const Json& json, const char* name) {
    static const Json nothing;
    if (!json.is_object()) return nothing;
    const auto found = json.find(name);
    return found == json.end() ? nothing : *found;
}

std::uint64_t number(const Json& json) { return json.is_number_unsigned() ? json.get<std::uint64_t>() : 0; }

std::string words(const Json& json) { return json.is_string() ? json.get<std::string>() : std::string{}; }

std::string text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// The error that an answer is, if it is one.
std::optional<log::Error> error_of(const Json& answer, std::string_view name) {
    const Json& error = member(answer, "error");
    if (!answer.is_object()) return log::Error{Errc::bad_answer, std::string{name}};
    if (!error.is_object()) return std::nullopt;
    const std::uint64_t code = number(member(error, "err_code"));
    if (code == kNoStream) return log::Error{Errc::no_stream, std::string{name}};
    const std::string where = std::string{name} + ": " + words(member(error, "description"));
    if (number(member(error, "code")) == kUnavailable) return log::Error{Errc::unavailable, where};
    return log::Error{Errc::refused, where};
}

std::uint64_t base_of(const std::string& description) {
    const auto at = description.rfind(kBaseWord);
    if (at == std::string::npos) return 0;
    const std::string_view rest = std::string_view{description}.substr(at + kBaseWord.size());
    return base::parse_number<std::uint64_t>(rest.substr(0, rest.find_first_not_of("0123456789"))).value_or(0);
}

StreamState state_of(const Json& answer) {
    const Json& config = member(answer, "config");
    const Json& state = member(answer, "state");
    StreamState found;
    found.first = std::max<std::uint64_t>(number(member(state, "first_seq")), 1);
    found.last = number(member(state, "last_seq"));
    found.messages = number(member(state, "messages"));
    found.bytes = number(member(state, "bytes"));
    if (found.messages == 0) found.first = found.last + 1;
    found.base = base_of(words(member(config, "description")));
    found.replicas = static_cast<unsigned>(number(member(config, "num_replicas")));
    return found;
}

}  // namespace

// There is one for each event, so the usual one, {"stream":"…","seq":7}, is read without a parser: a stream's name
// has no quotes.
PublishAnswer parse_publish_answer(std::string_view answer) {
    constexpr std::string_view kSequence = R"("seq":)";
    const auto at = answer.find(kSequence);
    if (answer.starts_with(R"({"stream":)") && at != std::string_view::npos) {
        const std::string_view rest = answer.substr(at + kSequence.size());
        const auto usual = base::parse_number<std::uint64_t>(rest.substr(0, rest.find('}')));
        if (usual && *usual > 0) return {*usual, false, ""};
    }
    const Json json = parse(answer);
    const Json& error = member(json, "error");
    if (error.is_object()) return {0, false, words(member(error, "description"))};
    const std::uint64_t sequence = number(member(json, "seq"));
    return {sequence, member(json, "duplicate") == true, sequence == 0 ? "no answer that is understood" : ""};
}

log::Result<StreamState> parse_stream(std::string_view answer, std::string_view name) {
    const Json json = parse(answer);
    if (auto error = error_of(json, name)) return tl::unexpected(std::move(*error));
    if (!member(json, "config").is_object()) return log::failed(Errc::bad_answer, name);
    return state_of(json);
}

log::Result<std::optional<GottenMessage>> parse_message(std::string_view answer) {
    const Json json = parse(answer);
    if (number(member(member(json, "error"), "err_code")) == kNoMessage) return std::nullopt;
    if (auto error = error_of(json, "message")) return tl::unexpected(std::move(*error));
    const Json& message = member(json, "message");
    const auto block = base::decode_base64(words(member(message, "hdrs")));
    auto payload = base::decode_base64(words(member(message, "data")));
    const auto time = base::parse_rfc3339(words(member(message, "time")));
    const std::uint64_t sequence = number(member(message, "seq"));
    if (!block || !payload || !time || sequence == 0) return log::failed(Errc::bad_answer, "message");
    return GottenMessage{sequence, *time, *block, std::move(*payload)};
}

log::Result<std::string> parse_consumer(std::string_view answer) {
    const Json json = parse(answer);
    if (auto error = error_of(json, "consumer")) return tl::unexpected(std::move(*error));
    std::string name = words(member(json, "name"));
    if (name.empty()) return log::failed(Errc::bad_answer, "consumer");
    return name;
}

log::Result<StreamPage> parse_stream_page(std::string_view answer, std::string_view prefix) {
    const Json json = parse(answer);
    if (auto error = error_of(json, "streams")) return tl::unexpected(std::move(*error));
    StreamPage page;
    page.total = number(member(json, "total"));
    const Json& streams = member(json, "streams");
    if (!streams.is_array()) return page;
    page.count = streams.size();
    for (const Json& one : streams) {
        const Json& config = member(one, "config");
        const Json& subjects = member(config, "subjects");
        if (!subjects.is_array() || subjects.size() != 1) continue;
        auto topic = topic_of(prefix, words(subjects[0]));
        if (!topic || words(member(config, "name")) != stream_of(prefix, *topic)) continue;
        page.streams.push_back({std::move(*topic), state_of(one)});
    }
    return page;
}

std::string stream_config(std::string_view name, std::string_view subject, unsigned replicas, std::uint64_t base) {
    return text({{"name", name},
                 {"description", std::string{kBaseWord} + std::to_string(base)},
                 {"subjects", {subject}},
                 {"retention", "limits"},
                 {"storage", "file"},
                 {"num_replicas", replicas},
                 {"max_consumers", -1},
                 {"max_msgs", -1},
                 {"max_msgs_per_subject", -1},
                 {"max_bytes", -1},
                 {"max_age", 0},
                 {"max_msg_size", -1},
                 {"discard", "old"},
                 {"duplicate_window", kDuplicateWindow}});
}

std::string stream_difference(std::string_view answer, std::string_view subject, std::optional<unsigned> replicas) {
    const Json json = parse(answer);
    const Json& config = member(json, "config");
    std::string difference;
    const auto compare = [&](const char* what, const Json& wanted) {
        const Json& is = member(config, what);
        if (is == wanted) return;
        difference +=
            (difference.empty() ? "" : "; ") + std::string{what} + " is " + text(is) + ", not " + text(wanted);
    };
    compare("subjects", Json::array({subject}));
    compare("storage", "file");
    compare("retention", "limits");
    if (replicas) compare("num_replicas", *replicas);
    for (const char* limit : {"max_msgs", "max_msgs_per_subject", "max_bytes", "max_msg_size"}) {
        if (member(config, limit).is_number() && member(config, limit) != 0) compare(limit, -1);
    }
    if (member(config, "max_age").is_number()) compare("max_age", 0);
    for (const char* flag : {"sealed", "no_ack"}) {
        if (member(config, flag).is_boolean()) compare(flag, false);
    }
    for (const char* origin : {"mirror", "sources"}) {
        if (!member(config, origin).is_null()) compare(origin, nullptr);
    }
    return difference;
}

std::string consumer_config(std::string_view stream, std::uint64_t sequence) {
    return text({{"stream_name", stream},
                 {"config",
                  {{"deliver_policy", "by_start_sequence"},
                   {"opt_start_seq", sequence},
                   {"ack_policy", "none"},
                   {"replay_policy", "instant"},
                   {"num_replicas", 1},
                   {"mem_storage", true},
                   {"inactive_threshold", kForgottenAfter}}}});
}

}  // namespace station::jetstream
