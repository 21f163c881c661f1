#include "proof_commands.hpp"

#include <station/wire/json_writer.hpp>

#include "commands/output.hpp"
#include "open_ledger.hpp"
#include "proof_file.hpp"

namespace station::final_station {
namespace {

int end_with(const std::string& line) {
    print_payload(line);
    return flush_output() ? 0 : kFailure;
}

// Does `make` with the ledger, and prints the line that comes of it.
template <typename Make>
int print_made(const LedgerOptions& options, ledger::StoreConfig config, Make&& make) {
    auto open = open_ledger(options, LedgerAccess::change, std::move(config));
    if (!open) return fail(open.error().message());
    const ledger::Result<std::string> line = make(open->store);
    const auto error = open->close();
    if (!line) return fail(line.error().message());
    if (error) return fail(error.message());
    return end_with(*line);
}

template <typename T>
ledger::Result<std::string> line_of(const ledger::Result<T>& made) {
    if (!made) return tl::unexpected(made.error());
    return made->to_json();
}

// For a head that was kept: the ledger must still be the one it was made of.
template <typename T>
ledger::Result<std::string> line_for(ledger::Result<T> made, const std::optional<ledger::Head>& head) {
    if (!made || !head) return line_of(made);
    if (const auto same = ledger::check_same(made->head, *head); !same) return tl::unexpected(same.error());
    made->head = *head;
    return line_of(made);
}

// What was proved, in a line.
std::string proof_line(const ledger::Proof& proof, bool json) {
    const std::string id = proof.event_id.to_text();
    if (!json) {
        return "event " + id + " (entity " + proof.entity + ") is record " + std::to_string(proof.index) + " of the " +
               std::to_string(proof.head.size) + " of the ledger " + proof.head.ledger;
    }
    std::string line;
    wire::JsonWriter out{line};
    out.begin_object().member("proved", true).member("ledger", proof.head.ledger).member("size", proof.head.size);
    out.member("index", proof.index).member("event_id", id).member("entity", proof.entity);
    out.member("scope", proof.scope).end_object();
    return line;
}

std::string extension_line(const ledger::Extension& extension, bool json) {
    if (!json) {
        return "the ledger " + extension.head.ledger + " of " + std::to_string(extension.head.size) +
               " records goes on from its first " + std::to_string(extension.old_size);
    }
    std::string line;
    wire::JsonWriter out{line};
    out.begin_object().member("proved", true).member("ledger", extension.head.ledger);
    out.member("size", extension.head.size).member("old_size", extension.old_size).end_object();
    return line;
}

ledger::Result<std::string> check_event(const LedgerCheckOptions& check, const ledger::Head& head, bool json) {
    const auto proof = read_proof(check.proof_file);
    if (!proof) return tl::unexpected(proof.error());
    if (auto proved = ledger::check_inclusion(*proof, head); !proved) return tl::unexpected(std::move(proved.error()));
    return proof_line(*proof, json);
}

ledger::Result<std::string> check_going_on(const LedgerCheckOptions& check, const ledger::Head& head,
                                           const std::optional<ledger::PublicKey>& key, bool json) {
    const auto old_head = read_head(check.old_head_file);
    if (!old_head) return tl::unexpected(old_head.error());
    if (auto is_signed = ledger::check_signature(*old_head, key); !is_signed) {
        return tl::unexpected(std::move(is_signed.error()));
    }
    const auto extension = read_extension(check.proof_file);
    if (!extension) return tl::unexpected(extension.error());
    if (auto proved = ledger::check_extension(*extension, *old_head, head); !proved) {
        return tl::unexpected(std::move(proved.error()));
    }
    return extension_line(*extension, json);
}

}  // namespace

int ledger_head(const LedgerOptions& options, const std::string& key_file) {
    ledger::StoreConfig config;
    if (!key_file.empty()) {
        auto key = ledger::SigningKey::load(key_file);
        if (!key) return fail("--sign: " + key.error().message());
        config.signing_key = std::move(*key);
    }
    return print_made(options, std::move(config), [](const ledger::Store& store) { return line_of(store.head()); });
}

int ledger_prove(const LedgerOptions& options, const LedgerProveOptions& prove) {
    if (prove.id.empty() == !prove.from) return fail("prove takes an event's ID, or --from SIZE", kUsage);
    std::optional<ledger::Head> head;
    if (!prove.head_file.empty()) {
        auto kept = read_head(prove.head_file);
        if (!kept) return fail("--head: " + kept.error().message());
        head = std::move(*kept);
    }
    return print_made(options, {}, [&](const ledger::Store& store) {
        std::optional<std::uint64_t> size;
        if (head) size = head->size;
        if (prove.from) return line_for(store.prove_extension(*prove.from, size), head);
        return line_for(store.prove(ledger::EventId::from_text(prove.id).value(), size), head);
    });
}

int ledger_check_proof(const LedgerOptions& options, const LedgerCheckOptions& check) {
    std::optional<ledger::PublicKey> key;
    if (!check.key.empty()) {
        key = ledger::PublicKey::from_hex(check.key);
        if (!key) return fail("--key: expected the 64 digits that `station ledger keygen` printed", kUsage);
    }
    const auto head = read_head(check.head_file);
    if (!head) return fail("--head: " + head.error().message());
    if (const auto is_signed = ledger::check_signature(*head, key); !is_signed)
        return fail(is_signed.error().message());
    const auto line = check.old_head_file.empty() ? check_event(check, *head, options.json)
                                                  : check_going_on(check, *head, key, options.json);
    return line ? end_with(*line) : fail(line.error().message());
}

int ledger_keygen(const LedgerOptions& options, const std::string& file) {
    const auto key = ledger::SigningKey::generate(file);
    if (!key) return fail(key.error().message());
    const std::string public_half = key->public_key().to_hex();
    return end_with(options.json ? R"({"key":")" + public_half + "\"}" : public_half);
}

int ledger_forget(const LedgerOptions& options, const std::string& entity) {
    return print_made(options, {}, [&](ledger::Store& store) -> ledger::Result<std::string> {
        const auto forgotten = store.forget(entity);
        if (!forgotten) return tl::unexpected(forgotten.error());
        if (!options.json) {
            return *forgotten ? entity + ": forgotten" : entity + ": nothing was said since it was forgotten";
        }
        std::string line;
        wire::JsonWriter{line}.begin_object().member("entity", entity).member("forgotten", *forgotten).end_object();
        return line;
    });
}

}  // namespace station::final_station
