#include "print_event.hpp"

#include <cstdio>
#include <ctime>
#include <station/base/base64.hpp>
#include <station/ledger/wire/json.hpp>
#include <station/wire/json_writer.hpp>

#include "commands/output.hpp"

namespace station::final_station {
namespace {

// "payload" and what else says what became of it.
void put_payload(wire::JsonWriter& json, const ledger::Payload& payload) {
    if (!payload.plain()) {
        const bool is_erased = payload.state() == ledger::Payload::State::erased;
        json.raw_member("payload", "null").member(is_erased ? "erased" : "no_key", true);
        return;
    }
    if (const auto text = ledger::pack_to_json(payload.bytes())) {
        json.raw_member("payload", *text);
    } else {
        json.member("payload_base64", base::base64(log::as_text(payload.bytes())));
    }
}

std::string event_line(const ledger::StoredEvent& event, const ledger::Payload& payload) {
    const ledger::EventHeader& header = event->header;
    std::string line;
    wire::JsonWriter json{line};
    json.begin_object().member("event_id", header.event_id.to_text());
    json.member("entity", event->entity).member("scope", event->scope).member("kind", header.event_kind.to_text());
    json.member("sequence", header.position.sequence).member("global_sequence", event.global_sequence());
    json.member("time", event.time()).member("correlation_id", header.correlation_id.to_text()).key("causation_id");
    if (header.causation_id) {
        json.value(header.causation_id->to_text());
    } else {
        json.raw("null");
    }
    put_payload(json, payload);
    json.member("prev_hash", event->prev_hash.to_hex()).member("event_hash", event->event_hash.to_hex()).end_object();
    return line;
}

std::string time_text(std::int64_t nanos) {
    const std::time_t seconds = nanos / 1'000'000'000;
    std::tm parts{};
    char text[64];
    if (::gmtime_r(&seconds, &parts) == nullptr) return std::to_string(nanos);
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    char fraction[16];
    std::snprintf(fraction, sizeof fraction, ".%06lldZ", static_cast<long long>(nanos / 1000 % 1'000'000));
    return std::string{text, size} + fraction;
}

std::string payload_text(const ledger::Payload& payload) {
    if (payload.state() == ledger::Payload::State::erased) return "(erased)";
    if (payload.state() == ledger::Payload::State::no_key) return "(its key is not here)";
    const auto text = ledger::pack_to_json(payload.bytes());
    return text ? *text : "base64:" + base::base64(log::as_text(payload.bytes()));
}

std::string event_words(const ledger::StoredEvent& event, const ledger::Payload& payload) {
    const ledger::EventHeader& header = event->header;
    std::string line = std::to_string(event.global_sequence());
    line.insert(0, line.size() < 8 ? 8 - line.size() : 0, ' ');
    line += "  " + time_text(event.time()) + "  " + header.event_id.to_text() + "  ";
    line.append(event->entity) += " #" + std::to_string(header.position.sequence) + "  ";
    line.append(event->scope) += "  " + header.event_kind.to_text() + "  ";
    return line + payload_text(payload);
}

}  // namespace

ledger::Result<void> print_event(const ledger::Store& store, const ledger::StoredEvent& event, bool json) {
    const auto payload = store.payload(event);
    if (!payload) return tl::unexpected(payload.error());
    print_payload(json ? event_line(event, *payload) : event_words(event, *payload));
    return {};
}

}  // namespace station::final_station
