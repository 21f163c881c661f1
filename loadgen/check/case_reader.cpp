#include <loadgen/check/case_reader.hpp>

#include <algorithm>
#include <array>
#include <station/base/numbers.hpp>
#include <string_view>

namespace station::check {
namespace {

std::string bytes_of_hex(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const std::string_view pair = std::string_view{hex}.substr(i, 2);
        const auto value = base::parse_number<unsigned>(pair, 16);
        if (!value || pair.size() != 2) throw BadCase{"not pairs of hex digits: " + hex};
        bytes += static_cast<char>(*value);
    }
    return bytes;
}

Part read_part(const Json& value) {
    if (value.is_string()) return {value.get<std::string>()};
    allow_keys(value, {"text", "hex", "times"});
    if (value.contains("text") == value.contains("hex")) throw BadCase{"a part is either text or hex: " + value.dump()};
    Part part;
    part.is_text = value.contains("text");
    part.bytes = part.is_text ? value["text"].get<std::string>() : bytes_of_hex(value["hex"].get<std::string>());
    part.times = value.value("times", std::size_t{1});
    return part;
}

Payload read_payload(const Json& value) {
    Payload payload;
    if (value.is_array()) {
        for (const Json& part : value) payload.parts.push_back(read_part(part));
    } else {
        payload.parts.push_back(read_part(value));
    }
    return payload;
}

// A line: an object stands for its compact JSON.
Payload read_line(const Json& value) {
    const bool is_json = value.is_object() && !value.contains("hex") && !value.contains("text");
    return is_json ? Payload{{{value.dump()}}} : read_payload(value);
}

Split read_split(const Json& action) {
    if (!action.contains("split")) return {};
    const Json& value = action["split"];
    if (value == "everywhere") return {Split::Kind::everywhere, {}};
    if (value == "bytes") return {Split::Kind::bytes, {}};
    if (!value.is_array()) throw BadCase{"split is \"everywhere\", \"bytes\" or a list of positions"};
    return {Split::Kind::at, value.get<std::vector<std::size_t>>()};
}

Send read_send(const Json& action, Payload payload, bool add_newline) {
    if (add_newline) payload.parts.push_back({"\n"});
    return {std::move(payload), action.value("times", std::size_t{1}), read_split(action),
            action.value("discard_replies", std::size_t{0})};
}

Expect read_expect(const Json& action, Expectation expectation) {
    return {std::move(expectation), action.value("times", std::size_t{1})};
}

ValidReply read_valid(const Json& action) {
    ValidReply reply;
    reply.balance_counts = action["valid"] == "$i";
    if (!reply.balance_counts) reply.balance = action["valid"].get<std::int64_t>();
    reply.or_busy = action.value("or_busy", false);
    return reply;
}

std::vector<std::string> read_about(const Json& action) {
    if (!action.contains("about")) return {};
    const Json& about = action["about"];
    return about.is_array() ? about.get<std::vector<std::string>>() : std::vector{about.get<std::string>()};
}

Tally read_tally(const Json& action) {
    Tally tally;
    tally.of = action.at("of").get<std::size_t>();
    for (const Json& share : action["tally"]) {
        allow_keys(share, {"line", "least", "most"});
        tally.shares.push_back(
            {read_line(share.at("line")), share.value("least", std::size_t{0}), share.value("most", tally.of)});
    }
    return tally;
}

MetricsGrew read_metrics_grew(const Json& value) {
    allow_keys(value, {"received", "processed", "dropped"});
    const auto read = [&](const char* name) {
        return value.contains(name) ? std::optional{value[name].get<std::uint64_t>()} : std::nullopt;
    };
    return {read("received"), read("processed"), read("dropped")};
}

using What = decltype(Action::what);

struct Verb {
    const char* name;
    std::initializer_list<const char*> modifiers;
    What (*read)(const Json& action);
};

const Verb kVerbs[] = {
    {"send",
     {"times", "split", "discard_replies"},
     [](const Json& a) -> What { return read_send(a, read_payload(a["send"]), false); }},
    {"line",
     {"times", "split", "discard_replies"},
     [](const Json& a) -> What { return read_send(a, read_line(a["line"]), true); }},
    {"expect", {"times"}, [](const Json& a) -> What { return read_expect(a, Exactly{{read_line(a["expect"])}}); }},
    {"one_of",
     {"times"},
     [](const Json& a) -> What {
         Exactly exactly;
         for (const Json& line : a["one_of"]) exactly.one_of.push_back(read_line(line));
         return read_expect(a, std::move(exactly));
     }},
    {"valid", {"times", "or_busy"}, [](const Json& a) -> What { return read_expect(a, read_valid(a)); }},
    {"error",
     {"times", "about"},
     [](const Json& a) -> What {
         return read_expect(a, ErrorReply{a["error"].get<std::string>(), read_about(a)});
     }},
    {"metrics", {"times"}, [](const Json& a) -> What { return read_expect(a, MetricsReply{}); }},
    {"tally", {"of"}, [](const Json& a) -> What { return read_tally(a); }},
    {"silence", {}, [](const Json& a) -> What { return ExpectSilence{a["silence"].get<std::size_t>()}; }},
    {"closed", {}, [](const Json&) -> What { return ExpectClosed{}; }},
    {"half_close", {}, [](const Json&) -> What { return HalfClose{}; }},
    {"close", {}, [](const Json&) -> What { return Close{}; }},
    {"reset", {}, [](const Json&) -> What { return Reset{}; }},
    {"eventually",
     {"is"},
     [](const Json& a) -> What {
         return Eventually{read_line(a["eventually"]), read_line(a.at("is"))};
     }},
    {"balance",
     {"is"},
     [](const Json& a) -> What {
         return EventualBalance{read_payload(a["balance"]), a.at("is").get<std::int64_t>()};
     }},
    {"remember_metrics", {}, [](const Json&) -> What { return RememberMetrics{}; }},
    {"metrics_grew", {}, [](const Json& a) -> What { return read_metrics_grew(a["metrics_grew"]); }},
    {"repeat",
     {"do"},
     [](const Json& a) -> What {
         return Repeat{a["repeat"].get<std::size_t>(), read_actions(a.at("do"))};
     }},
};

Action read_action(const Json& value) {
    if (!value.is_object()) throw BadCase{"an action is an object: " + value.dump()};
    const Verb* found = nullptr;
    for (const Verb& verb : kVerbs) {
        if (!value.contains(verb.name)) continue;
        if (found != nullptr) throw BadCase{"two verbs in one action: " + value.dump()};
        found = &verb;
    }
    if (found == nullptr) throw BadCase{"no verb that is known: " + value.dump()};
    for (const auto& [key, unused] : value.items()) {
        const bool known = key == found->name || key == "on" ||
                           std::any_of(found->modifiers.begin(), found->modifiers.end(),
                                       [&key = key](const char* modifier) { return key == modifier; });
        if (!known) throw BadCase{"\"" + key + "\" means nothing here: " + value.dump()};
    }
    return {value.value("on", std::string{"a"}), found->read(value)};
}

}  // namespace

void allow_keys(const Json& object, std::initializer_list<const char*> known) {
    if (!object.is_object()) throw BadCase{"not an object: " + object.dump()};
    for (const auto& [key, unused] : object.items()) {
        if (std::none_of(known.begin(), known.end(), [&key = key](const char* name) { return key == name; })) {
            throw BadCase{"unknown key \"" + key + "\""};
        }
    }
}

std::vector<Action> read_actions(const Json& list) {
    if (!list.is_array()) throw BadCase{"actions is not a list"};
    std::vector<Action> actions;
    for (const Json& action : list) actions.push_back(read_action(action));
    return actions;
}

}  // namespace station::check
