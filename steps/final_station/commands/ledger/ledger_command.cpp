#include <array>
#include <memory>
#include <station/base/numbers.hpp>
#include <station/ledger/coordinate/coordinate.hpp>
#include <station/ledger/coordinate/kind.hpp>
#include <station/ledger/event/event.hpp>
#include <station/log/config.hpp>

#include "append_command.hpp"
#include "commands/bench/ledger_bench.hpp"
#include "commands/subcommands.hpp"
#include "proof_commands.hpp"
#include "read_commands.hpp"
#include "verify_command.hpp"

namespace station::final_station {
namespace {

std::string check_id(const std::string& text) {
    return ledger::EventId::from_text(text) ? "" : "expected a UUID, got " + text;
}

std::string check_name(const std::string& text) {
    return ledger::is_name(text) ? "" : make_error_code(ledger::Errc::bad_coordinate).message();
}

std::string check_kind(const std::string& text) {
    return ledger::EventKind::from_text(text) ? ""
                                              : make_error_code(ledger::Errc::bad_kind).message() + ", got " + text;
}

std::string check_new_kind(const std::string& text) {
    if (auto wrong = check_kind(text); !wrong.empty()) return wrong;
    const bool is_reserved = ledger::EventKind::from_text(text)->is_reserved();
    return is_reserved ? make_error_code(ledger::Errc::reserved_kind).message() + ", got " + text : "";
}

std::string check_expect(const std::string& text) {
    const bool is_one = text == "none" || text == "exists" || base::parse_number<std::uint64_t>(text);
    return is_one ? "" : "expected a sequence, none or exists, got " + text;
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> read_sequences(const std::string& text) {
    const auto dots = text.find("..");
    if (dots == std::string::npos) return std::nullopt;
    const auto first = base::parse_number<std::uint64_t>(std::string_view{text}.substr(0, dots));
    const auto last = base::parse_number<std::uint64_t>(std::string_view{text}.substr(dots + 2));
    if (!first || !last || *first > *last) return std::nullopt;
    return std::pair{*first, *last};
}

std::string check_sequences(const std::string& text) {
    return read_sequences(text) ? "" : "expected A..B, both sequences, the smaller one first, got " + text;
}

// One of the group; `options` is what all of them have.
app::Command add_ledger_command(const app::Command& group, const char* name, const char* about,
                                LedgerOptions& options) {
    const app::Command command = group.add_subcommand(name, about);
    command.add_option("--dir", options.dir, "The bus's folder").show_default();
    command.add_option("--ledger", options.ledger, "The topic that is the ledger")
        .show_default()
        .check([](const std::string& text) {
            return log::is_topic_name(text) ? std::string{} : make_error_code(log::Errc::bad_topic_name).message();
        });
    command.add_flag("--json", options.json, "One line of JSON a result");
    return command;
}

template <typename More>
struct Options : LedgerOptions {
    More more = {};
};

Subcommand append_command(const app::Command& group) {
    const auto options = std::make_shared<Options<LedgerAppendOptions>>();
    LedgerAppendOptions& append = options->more;
    const app::Command command =
        add_ledger_command(group, "append", "Append events; says of each when it is safe, in JSON", *options);
    command.add_option("--entity", append.entity, "Whose events they are: one chain").required().check(check_name);
    command.add_option("--scope", append.scope, "What they belong to").required().check(check_name);
    command.add_option("--kind", append.kind, "CATEGORY:TYPE, like 15:1; not of category 0 or 13")
        .required()
        .check(check_new_kind);
    command
        .add_option("--expect", append.expect, "The sequence of the entity's last event, none or exists: else refuse")
        .check(check_expect);
    command.add_option("--key", append.key, "A UUID: given again, it gets the first one's receipt").check(check_id);
    command.add_option("--cause", append.cause, "The id of the event that they follow from").check(check_id);
    command.add_flag("--erasable", append.erasable, "What this entity says can be forgotten: with its first event");
    command.add_flag("--keep-going", append.keep_going,
                     "Standard input: say which lines are refused, and try the next ones");
    add_durability(command, append.durability);
    command.add_option("--segment-bytes", append.segment_bytes, "A segment rotates before it grows past this")
        .show_default();
    command.add_option("--max-payload", append.max_payload, "Largest event taken, in bytes, with all that is around it")
        .show_default();
    const app::Argument payload =
        command.add_option("payload", append.payload, "The event, JSON; none: standard input, one a line");
    return {command, [options, payload] {
                options->more.has_payload = payload.given();
                return ledger_append(*options, options->more);
            }};
}

struct QueryTexts {
    std::string entity, prefix, scope, kind, sequences;
    std::uint64_t category = 0;
    std::uint64_t limit = 0;
};

ledger::Region region_of(const QueryTexts& texts, bool has_category) {
    const auto given = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional{text}; };
    ledger::Region region;
    region.entity = given(texts.entity);
    region.prefix = given(texts.prefix);
    region.scope = given(texts.scope);
    region.kind = ledger::EventKind::from_text(texts.kind);
    if (has_category) region.category = static_cast<unsigned>(texts.category);
    region.sequences = read_sequences(texts.sequences);
    return region;
}

app::Argument add_limit(const app::Command& command, std::uint64_t& limit) {
    return command.add_option("--limit", limit, "Stop after so many events").positive();
}

Subcommand query_command(const app::Command& group) {
    const auto options = std::make_shared<Options<QueryTexts>>();
    QueryTexts& texts = options->more;
    const app::Command command =
        add_ledger_command(group, "query", "Print the events for which all of this holds", *options);
    command.add_option("--entity", texts.entity, "They are this entity's").check(check_name);
    command.add_option("--prefix", texts.prefix, "Their entity begins with it").check(check_name);
    command.add_option("--scope", texts.scope, "They belong to it").check(check_name);
    command.add_option("--kind", texts.kind, "CATEGORY:TYPE").check(check_kind);
    const app::Argument category =
        command.add_option("--category", texts.category, "0 to 15").range(std::size_t{0}, std::size_t{15});
    command.add_option("--sequences", texts.sequences, "A..B, within their entity, both ends in")
        .check(check_sequences);
    add_limit(command, texts.limit);
    return {command, [options, category] {
                return ledger_query(*options, {region_of(options->more, category.given()), options->more.limit});
            }};
}

struct Named {
    std::string name;
    std::uint64_t limit = 0;
};

Subcommand get_command(const app::Command& group) {
    const auto options = std::make_shared<Options<Named>>();
    const app::Command command = add_ledger_command(group, "get", "Print one event", *options);
    command.add_option("id", options->more.name, "Its id").required().check(check_id);
    return {command, [options] { return ledger_get(*options, options->more.name); }};
}

Subcommand stream_command(const app::Command& group) {
    const auto options = std::make_shared<Options<Named>>();
    const app::Command command = add_ledger_command(group, "stream", "Print an entity's events", *options);
    command.add_option("entity", options->more.name, "The entity").required().check(check_name);
    add_limit(command, options->more.limit);
    return {command, [options] {
                return ledger_query(*options, {ledger::Region::of_entity(options->more.name), options->more.limit});
            }};
}

Subcommand walk_command(const app::Command& group) {
    const auto options = std::make_shared<Options<Named>>();
    const app::Command command =
        add_ledger_command(group, "walk", "Print an event and those before it in its entity, newest first", *options);
    command.add_option("id", options->more.name, "The event's id").required().check(check_id);
    add_limit(command, options->more.limit);
    return {command, [options] { return ledger_walk(*options, options->more.name, options->more.limit); }};
}

Subcommand verify_ledger_command(const app::Command& group) {
    const auto options = std::make_shared<Options<Named>>();
    const app::Command command =
        add_ledger_command(group, "verify", "Make every hash, chain and position again; status 1 where one is wrong",
                           *options);
    command.add_option("--head", options->more.name, "A file with a head that was kept: the ledger must go on from it");
    return {command, [options] { return ledger_verify(*options, options->more.name); }};
}

Subcommand head_command(const app::Command& group) {
    const auto options = std::make_shared<Options<Named>>();
    const app::Command command =
        add_ledger_command(group, "head", "Print what the ledger is now, for keeping: JSON", *options);
    command.add_option("--sign", options->more.name, "A file with the key to sign it with");
    return {command, [options] { return ledger_head(*options, options->more.name); }};
}

struct ProveTexts : LedgerProveOptions {
    std::uint64_t size = 0;
};

Subcommand prove_command(const app::Command& group) {
    const auto options = std::make_shared<Options<ProveTexts>>();
    ProveTexts& prove = options->more;
    const app::Command command =
        add_ledger_command(group, "prove",
                           "Print a proof that an event is in the ledger, or that it goes on from a size: JSON",
                           *options);
    const app::Argument id = command.add_option("id", prove.id, "The event's id").check(check_id);
    const app::Argument from = command.add_option("--from", prove.size, "A number of records").excludes({id});
    command.add_option("--head", prove.head_file, "A file with the head to prove it for; otherwise that of now");
    return {command, [options, from] {
                if (from.given()) options->more.from = options->more.size;
                return ledger_prove(*options, options->more);
            }};
}

Subcommand check_proof_command(const app::Command& group) {
    const auto options = std::make_shared<Options<LedgerCheckOptions>>();
    LedgerCheckOptions& check = options->more;
    const app::Command command =
        add_ledger_command(group, "check-proof", "Check a proof; needs neither folder nor server", *options);
    command.add_option("file", check.proof_file, "The proof").required();
    command.add_option("--head", check.head_file, "A file with the head that it must be a proof of").required();
    command.add_option("--old-head", check.old_head_file,
                       "Of one that the ledger goes on: the head that it goes on from");
    command.add_option("--key", check.key, "The public half of the key that heads must be signed with, in hex");
    return {command, [options] { return ledger_check_proof(*options, options->more); }};
}

Subcommand stats_command(const app::Command& group) {
    const auto options = std::make_shared<LedgerOptions>();
    const app::Command command = add_ledger_command(group, "stats", "Say how large the ledger is", *options);
    return {command, [options] { return ledger_stats(*options); }};
}

Subcommand forget_command(const app::Command& group) {
    const auto options = std::make_shared<Options<Named>>();
    const app::Command command =
        add_ledger_command(group, "forget", "Make what an erasable entity has said unreadable, for ever", *options);
    command.add_option("entity", options->more.name, "The entity").required().check(check_name);
    return {command, [options] { return ledger_forget(*options, options->more.name); }};
}

Subcommand keygen_command(const app::Command& group) {
    const auto options = std::make_shared<Options<Named>>();
    const app::Command command =
        add_ledger_command(group, "keygen", "Make a key to sign with, and print its public half", *options);
    command.add_option("file", options->more.name, "The file to keep it in").required();
    return {command, [options] { return ledger_keygen(*options, options->more.name); }};
}

}  // namespace

Subcommand ledger_command(const app::Command& cli) {
    const app::Command group = cli.add_subcommand("ledger", "Append to a ledger, read, verify, prove and forget");
    group.require_subcommand();
    const std::array all{append_command(group),      get_command(group),    query_command(group),
                         stream_command(group),      walk_command(group),   verify_ledger_command(group),
                         head_command(group),        prove_command(group),  check_proof_command(group),
                         stats_command(group),       forget_command(group), keygen_command(group),
                         bench_ledger_command(group)};
    return {group, [all] {
                for (const Subcommand& one : all) {
                    if (one.command.parsed()) return one.run();
                }
                return 2;
            }};
}

}  // namespace station::final_station
