#include "verify_command.hpp"

#include <station/ledger/store/verify.hpp>
#include <station/wire/json_writer.hpp>

#include "commands/output.hpp"
#include "commands/progress.hpp"
#include "proof_file.hpp"

namespace station::final_station {
namespace {

std::string verdict_line(const std::string& name, const ledger::Verdict& verdict) {
    std::string line;
    wire::JsonWriter json{line};
    json.begin_object().member("ledger", name).member("sound", !verdict.wrong.has_value());
    json.member("records", verdict.records).member("hidden", verdict.hidden).member("entities", verdict.entities);
    json.member("bytes", verdict.bytes);
    if (verdict.wrong) {
        if (verdict.wrong->global_sequence) json.member("global_sequence", *verdict.wrong->global_sequence);
        if (verdict.wrong->sequence) {
            json.member("entity", verdict.wrong->entity).member("sequence", *verdict.wrong->sequence);
        }
        json.member("wrong", verdict.wrong->what);
    }
    json.end_object();
    return line;
}

std::string counted(std::uint64_t number, const char* one, const char* many) {
    return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string verdict_words(const std::string& name, const ledger::Verdict& verdict) {
    if (verdict.wrong) return name + ": WRONG: " + verdict.wrong->message();
    return name + ": " + counted(verdict.records, "record", "records") + ", " + std::to_string(verdict.hidden) +
           " hidden, " + counted(verdict.entities, "entity", "entities") + ", " + std::to_string(verdict.bytes) +
           " bytes, sound";
}

}  // namespace

int ledger_verify(const LedgerOptions& options, const std::string& head_file) {
    ledger::VerifyConfig config;
    config.dir = options.dir;
    config.ledger = options.ledger;
    if (!head_file.empty()) {
        auto head = read_head(head_file);
        if (!head) return fail("--head: " + head.error().message());
        config.head = std::move(*head);
    }
    Progress progress{"verifying"};
    config.progress = std::ref(progress);
    const auto verdict = ledger::verify(config);
    progress.clear();
    if (!verdict) return fail(verdict.error().message());
    print_payload(options.json ? verdict_line(options.ledger, *verdict) : verdict_words(options.ledger, *verdict));
    if (!flush_output()) return kFailure;
    return verdict->wrong ? kFailure : 0;
}

}  // namespace station::final_station
