// The proof that a message lies in the ledger as it is shown, for who keeps heads.
#include <station/base/base64.hpp>
#include <station/base/numbers.hpp>
#include <station/wire/json_writer.hpp>

#include "message_calls.hpp"
#include "routes.hpp"

namespace station::chat {
namespace {

struct Proved {
    ledger::Proof proof;
    std::vector<ledger::Hash> extension;
    std::string record;  // as it lies in the log
};

// `since`: the size of the head that is kept, 0: none. Waits for a disk.
Answer<Proved> prove(ledger::Store& store, const Id& event, std::uint64_t since) {
    const auto failed = [](const ledger::Error& error) {
        if (error.code == ledger::Errc::closed) return refused("shutting_down");
        return refused("storage_error", error.message());
    };
    const auto stored = store.get(event);
    if (!stored) return failed(stored.error());
    auto proof = store.prove(event);
    if (!proof) return failed(proof.error());
    if (since > proof->head.size) {
        return refused("invalid_value",
                       "since is larger than the ledger, which has a size of " + std::to_string(proof->head.size));
    }
    auto extension = store.prove_extension(since, proof->head.size);
    if (!extension) return failed(extension.error());
    const ledger::Bytes record = (*stored)->record;
    return Proved{std::move(*proof),
                  std::move(extension->path),
                  {reinterpret_cast<const char*>(record.data()), record.size()}};
}

void append_hashes(wire::JsonWriter& json, const std::vector<ledger::Hash>& hashes) {
    json.begin_array();
    for (const ledger::Hash& hash : hashes) json.value(hash.to_hex());
    json.end_array();
}

std::string proof_json(const Proved& proved) {
    std::string out;
    wire::JsonWriter json{out};
    json.begin_object().raw_member("head", proved.proof.head.to_json()).member("index", proved.proof.index);
    json.key("path");
    append_hashes(json, proved.proof.path);
    json.key("extension");
    append_hashes(json, proved.extension);
    json.member("event", base::base64(proved.record)).end_object();
    return out;
}

Handled show_proof(Call& call) {
    const auto id = call.id("message");
    if (!id) co_return refused("not_found");
    const auto given = call.parameter("since");
    const auto since = given ? base::parse_number<std::uint64_t>(*given) : 0;
    if (!since) co_return refused("bad_parameter", "since must be the size of a head");
    const auto message = co_await message_for(call, *id);
    if (!message && message.error().reason == "message_deleted") co_return refused("not_found");
    if (!message) co_return tl::unexpected(message.error());
    auto query = [id = *id](const Projection& projection) { return projection.event_of(id); };
    const auto event = co_await ask(call, query);
    if (!event) co_return tl::unexpected(event.error());
    if (!*event) co_return refused("not_found");
    auto read = [&store = call.chat().book().store(), event = **event, since = *since] {
        return prove(store, event, since);
    };
    const auto proved = co_await read_in_pool(call.thread(), std::move(read));
    if (!proved) co_return tl::unexpected(proved.error());
    co_return json(proof_json(*proved));
}

}  // namespace

void add_proof_routes(HttpRoutes& routes, Doors& doors) {
    add_route(routes, doors, {"GET", "/proof/{message}", show_proof, Who::signed_in, {"since"}});
}

}  // namespace station::chat
