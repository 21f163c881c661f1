#include <station/ledger/store/detail/cipher.hpp>
#include <station/ledger/store/detail/core.hpp>
#include <station/ledger/wire/message_pack.hpp>

namespace station::ledger {
namespace {

std::string entity_named(std::string_view entity) { return "entity " + std::string{entity}; }

}  // namespace

// All payloads of an erasable entity are encrypted, but that of an ERASED.
Result<ChainEnd> Core::chain_end(const EntityHead& head) const {
    const auto last = read(head.last);
    if (!last) return tl::unexpected(last.error());
    ChainEnd end{head, (*last)->event_hash};
    const bool is_erased = (*last)->header.event_kind == kinds::erased;
    end.erasable = is_erased || erasable_extension((*last)->payload).has_value();
    if (!end.erasable) return end;
    if (is_erased) {
        end.epoch = head.last_sequence;
        return end;
    }
    const auto epoch = epoch_before((*last)->entity, head.last);
    if (!epoch) return tl::unexpected(epoch.error());
    end.epoch = *epoch;
    return end;
}

Result<Epoch> Core::epoch_before(std::string_view entity, Global global) const {
    const auto erased =
        index_.select(Region::of_entity(entity).with_kind(kinds::erased), 0, global, static_cast<std::size_t>(-1));
    if (erased.empty()) return Epoch{};
    const auto event = read(erased.back());
    if (!event) return tl::unexpected(event.error());
    return Epoch{(*event)->header.position.sequence};
}

// Not beside a destruction: no key may be made for an epoch that is over.
tl::expected<CipherKey, std::error_code> Core::key_for(const std::string& entity, const Operation::WantedSeal& wanted) {
    const std::lock_guard lock{erasing_};
    const auto now = epoch_before(entity, index_.end());
    if (!now) return tl::unexpected(now.error().code);
    if (*now != wanted.epoch) return tl::unexpected(make_error_code(Errc::sequence_mismatch));
    if (wanted.makes_key) return keys_->make(entity, wanted.epoch);
    const auto found = keys_->find(entity, wanted.epoch);
    if (!found) return tl::unexpected(found.error());
    if (!*found) return tl::unexpected(make_error_code(Errc::no_key));
    return **found;
}

// Encrypts the events that the sequencer has handed back.
std::optional<Error> Core::seal(Operation& operation) {
    for (const Operation::WantedSeal& wanted : operation.wanted_seals) {
        Operation::Event& event = operation.events[wanted.event];
        const std::string entity{event.encoder.entity()};
        const std::string scope{event.encoder.scope()};
        if (keys_ == nullptr) return Error{Errc::bad_config, "an erasable entity needs a folder for its keys"};
        const auto key = key_for(entity, wanted);
        if (!key && key.error() == Errc::sequence_mismatch) {
            // Somebody is forgetting it: once that is acknowledged, or was, the sequencer and we agree again.
            sequencer_->lead();
            sequencer_->wait_for_room();
            continue;
        }
        if (!key) return Error{key.error(), entity_named(entity)};
        if (!event.sealed) event.plain.assign(event.encoder.payload().begin(), event.encoder.payload().end());
        event.encoder = EventEncoder{entity, scope, encrypt(*key, entity, scope, event.plain)};
        event.sealed = true;
        event.epoch = wanted.epoch;
    }
    return std::nullopt;
}

Result<Payload> Core::payload(const StoredEvent& event) {
    const auto sealed = erasable_extension(event->payload);
    if (!sealed) return Payload{event->payload, event.memory()};
    // Of one that was forgotten no key is looked for.
    const auto global = static_cast<Global>(event.global_sequence());
    const auto erased = select(Region::of_entity(event->entity).with_kind(kinds::erased), global, 1);
    if (!erased) return tl::unexpected(erased.error());
    if (!erased->empty()) return Payload{Payload::State::erased};
    if (keys_ == nullptr) return Payload{Payload::State::no_key};
    const auto epoch = epoch_before(event->entity, global);
    if (!epoch) return tl::unexpected(epoch.error());
    const auto key = keys_->find(event->entity, *epoch);
    if (!key) return failed(key.error(), entity_named(event->entity));
    if (!*key) {
        // Forgotten between the two looks, or a copy without keys.
        const auto again = select(Region::of_entity(event->entity).with_kind(kinds::erased), global, 1);
        if (!again) return tl::unexpected(again.error());
        return Payload{again->empty() ? Payload::State::no_key : Payload::State::erased};
    }
    auto plain = decrypt(**key, event->entity, event->scope, *sealed);
    if (!plain) return failed(plain.error(), "event " + event->header.event_id.to_text());
    return Payload{std::move(*plain)};
}

Result<bool> Core::forget(const std::string& entity) {
    const std::vector<std::byte> nil{std::byte{0xc0}};
    for (;;) {
        const auto head = index_.entity(entity);
        if (auto error = damage()) return tl::unexpected(std::move(*error));
        if (!head) return failed(Errc::not_found, entity_named(entity));
        const auto end = chain_end(*head);
        if (!end) return tl::unexpected(end.error());
        if (!end->erasable) return failed(Errc::not_erasable, entity_named(entity));
        const auto last = read(head->last);
        if (!last) return tl::unexpected(last.error());
        const bool silent = end->epoch == head->last_sequence;
        std::uint64_t epoch = head->last_sequence;
        if (!silent) {
            const auto coordinate = Coordinate::make(entity, (*last)->scope);
            if (!coordinate) return tl::unexpected(coordinate.error());
            const NewEvent erased{*coordinate, kinds::erased, nil, {.expect = Expect::exactly(head->last_sequence)}};
            const auto receipt = append_and_wait(erased);
            if (!receipt && receipt.error().code == Errc::sequence_mismatch) continue;  // somebody was faster
            if (!receipt) return tl::unexpected(receipt.error());
            epoch = receipt->sequence;
        }
        // Without a durable ERASED nobody could tell a destroyed key from a lost one.
        if (const auto error = topic_.sync()) return failed(error, topic_.name());
        if (auto error = destroy(entity, epoch)) return tl::unexpected(std::move(*error));
        return !silent;
    }
}

std::optional<Error> Core::destroy(const std::string& entity, std::uint64_t epoch) {
    const std::lock_guard lock{erasing_};
    if (keys_ != nullptr) {
        if (const auto error = keys_->destroy_before(entity, epoch)) return Error{error, entity_named(entity)};
    }
    for (const Eraser& eraser : erasers_) {
        if (const auto error = eraser(entity)) return Error{error, entity_named(entity)};
    }
    return std::nullopt;
}

// The keys that a crash kept from being destroyed.
std::optional<Error> Core::finish_forgetting() {
    if (keys_ == nullptr) return std::nullopt;
    const auto entities = keys_->entities();
    if (!entities) return Error{entities.error(), kKeysFile};
    for (const std::string& entity : *entities) {
        const auto epoch = epoch_before(entity, index_.end());
        if (!epoch) return epoch.error();
        if (!*epoch) continue;
        if (auto error = destroy(entity, **epoch)) return error;
    }
    return std::nullopt;
}

std::optional<Error> Core::on_forget(Eraser eraser) {
    const std::lock_guard lock{erasing_};
    std::string before;
    for (const Global global :
         index_.select(Region::of_kind(kinds::erased), 0, index_.end(), static_cast<std::size_t>(-1))) {
        const auto event = read(global);
        if (!event) return event.error();
        if ((*event)->entity == before) continue;
        before = (*event)->entity;
        if (const auto error = eraser(before)) return Error{error, entity_named(before)};
    }
    erasers_.push_back(std::move(eraser));
    return std::nullopt;
}

}  // namespace station::ledger
