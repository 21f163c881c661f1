#include <algorithm>
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
    const auto erased = erased_around((*last)->entity, head.last, head.last);
    if (!erased) return tl::unexpected(erased.error());
    end.epoch = erased->before;
    return end;
}

Result<Core::ErasedAround> Core::erased_around(std::string_view entity, Global global, Global end) const {
    constexpr std::size_t kMostKept = 1024;
    const std::lock_guard lock{erasures_mutex_};
    if (erasures_.size() >= kMostKept && !erasures_.contains(entity)) erasures_.clear();
    Erasures& known = erasures_.try_emplace(std::string{entity}).first->second;
    std::vector<Erasures::One> fresh;
    const Region region = Region::of_entity(entity).with_kind(kinds::erased);
    for (const Global at : index_.select(region, known.known_to, end, static_cast<std::size_t>(-1))) {
        const auto event = read(at);
        if (!event) return tl::unexpected(event.error());
        fresh.push_back({at, (*event)->header.position.sequence});
    }
    known.found.insert(known.found.end(), fresh.begin(), fresh.end());
    known.known_to = std::max(known.known_to, end);
    const auto behind = std::ranges::lower_bound(known.found, global, {}, &Erasures::One::global);
    ErasedAround around;
    if (behind != known.found.begin()) around.before = std::prev(behind)->sequence;
    around.behind = behind != known.found.end();
    return around;
}

Result<Core::ErasedAround> Core::erased_around(const StoredEvent& event) {
    const auto last = end();
    if (!last) return tl::unexpected(last.error());
    if (auto error = damage()) return tl::unexpected(std::move(*error));
    return erased_around(event->entity, static_cast<Global>(event.global_sequence()), *last);
}

// Not beside a destruction: no key may be made for an epoch that is over.
tl::expected<CipherKey, std::error_code> Core::key_for(const std::string& entity, const Operation::WantedSeal& wanted) {
    const std::lock_guard lock{erasing_};
    const Global end = index_.end();
    const auto erased = erased_around(entity, end, end);
    if (!erased) return tl::unexpected(erased.error().code);
    if (erased->before != wanted.epoch) return tl::unexpected(make_error_code(Errc::sequence_mismatch));
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
    const auto erased = erased_around(event->entity, static_cast<Global>(event.global_sequence()), index_.end());
    if (!erased) return tl::unexpected(erased.error());
    if (erased->behind) return Payload{Payload::State::erased};
    if (keys_ == nullptr) return Payload{Payload::State::no_key};
    const auto key = keys_->find(event->entity, erased->before);
    if (!key) return failed(key.error(), entity_named(event->entity));
    if (!*key) {
        // Forgotten between the two looks, or by what is damaged, or a copy without keys.
        const auto again = erased_around(event);
        if (!again) return tl::unexpected(again.error());
        return Payload{again->behind ? Payload::State::erased : Payload::State::no_key};
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
        const Global end = index_.end();
        const auto erased = erased_around(entity, end, end);
        if (!erased) return erased.error();
        if (!erased->before) continue;
        if (auto error = destroy(entity, *erased->before)) return error;
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
