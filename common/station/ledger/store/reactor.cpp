#include <algorithm>
#include <atomic>
#include <station/ledger/store/detail/reactor_position.hpp>
#include <station/ledger/store/store.hpp>
#include <thread>

namespace station::ledger {
namespace {

constexpr std::uint64_t kPositionEvery = 1000;  // events, where it never has to wait for one

}  // namespace

EventId reaction_key(const EventId& event, std::string_view name) {
    const Hash hash = Hasher{}.update(event.bytes()).update(log::as_bytes(name)).finish();
    std::array<std::byte, EventId::kSize> key;
    std::copy_n(hash.bytes.begin(), key.size(), key.begin());
    return EventId{key};
}

struct Reactor::Impl {
    Impl(Store& of, std::string_view given_name, const Region& region, ReactFunction asked)
        : store(of),
          name(given_name),
          function(std::move(asked)),
          kept(*of.core(), name, region),
          cursor(of.cursor(region, kept.load())) {}

    Store& store;
    const std::string name;
    const ReactFunction function;
    const detail::ReactorPosition kept;
    Cursor cursor;
    std::optional<StoredEvent> in_hand;
    detail::Witness witness;        // the last event that was read or appended
    std::uint64_t done_before = 0;  // not behind the witness: others may stand there after a power cut
    std::uint64_t done_since = 0;
    std::atomic<bool> stopping{false};

    void saw(std::uint64_t global_sequence, const Hash& event_hash) {
        if (global_sequence >= witness.global_sequence) witness = {global_sequence, event_hash};
    }

    std::uint64_t position() const { return in_hand ? in_hand->global_sequence() : cursor.position(); }

    void keep_position() {
        if (done_since == 0) return;
        kept.store(done_before, witness);
        done_since = 0;
    }

    // Whether the event was done before.
    Result<bool> is_done(const EventId& key) {
        const auto first = store.find_key(key);
        if (!first) return tl::unexpected(first.error());
        if (!*first) return false;
        saw((*first)->global_sequence(), (**first)->event_hash);
        return true;
    }

    Result<void> append(const std::vector<Reaction>& reactions, const EventId& key) {
        std::vector<NewEvent> events;
        events.reserve(reactions.size());
        for (const Reaction& reaction : reactions) {
            AppendOptions options;
            options.expect = reaction.expect;
            options.erasable = reaction.erasable;
            options.correlation_id = (*in_hand)->header.correlation_id;
            options.causation_id = (*in_hand)->header.event_id;
            events.push_back({reaction.coordinate, reaction.kind, reaction.payload, options});
        }
        events.front().options.idempotency_key = key;
        for (;;) {
            const auto receipts = store.append_batch(events);
            if (receipts) {
                saw(receipts->back().global_sequence, receipts->back().event_hash);
                return {};
            }
            if (receipts.error().code != Errc::key_reused) return tl::unexpected(receipts.error());
            // Another reactor of this name was faster, with something else. What it appends may not be there yet, and
            // may still be refused.
            const auto done = is_done(key);
            if (!done) return tl::unexpected(done.error());
            if (*done) return {};
            std::this_thread::yield();
        }
    }

    Result<void> react() {
        const EventId key = reaction_key((*in_hand)->header.event_id, name);
        const auto done = is_done(key);
        if (!done) return tl::unexpected(done.error());
        if (*done) return {};
        const auto reactions = function(*in_hand);
        if (!reactions) return tl::unexpected(reactions.error());
        if (reactions->empty()) return {};
        return append(*reactions, key);
    }

    Result<void> finish_in_hand() {
        if (auto reacted = react(); !reacted) return reacted;
        saw(in_hand->global_sequence(), (*in_hand)->event_hash);
        done_before = in_hand->global_sequence() + 1;
        in_hand.reset();
        if (++done_since >= kPositionEvery) keep_position();
        return {};
    }

    // False: there is none now.
    Result<bool> take() {
        if (in_hand) return true;
        auto event = cursor.poll();
        if (!event) return tl::unexpected(std::move(event.error()));
        in_hand = std::move(*event);
        return in_hand.has_value();
    }

    Result<std::uint64_t> work_while_any() {
        for (std::uint64_t count = 0;; ++count) {
            const auto any = take();
            if (!any) return tl::unexpected(any.error());
            if (!*any) return count;
            if (auto done = finish_in_hand(); !done) return tl::unexpected(std::move(done.error()));
        }
    }

    Result<void> work_until_stopped() {
        while (!stopping.exchange(false)) {
            const auto any = take();
            if (!any) return tl::unexpected(any.error());
            if (*any) {
                if (auto done = finish_in_hand(); !done) return done;
                continue;
            }
            keep_position();
            auto event = cursor.next();
            if (event) {
                in_hand = std::move(*event);
            } else if (event.error().code != log::Errc::cancelled) {
                return tl::unexpected(std::move(event.error()));
            }
        }
        return {};
    }
};

Reactor::Reactor(Store& store, std::string_view name, const Region& region, ReactFunction function)
    : impl_(std::make_unique<Impl>(store, name, region, std::move(function))) {}
Reactor::Reactor(Reactor&&) noexcept = default;
Reactor& Reactor::operator=(Reactor&&) noexcept = default;
Reactor::~Reactor() = default;

Result<std::uint64_t> Reactor::catch_up() {
    auto count = impl_->work_while_any();
    impl_->keep_position();
    return count;
}

Result<void> Reactor::run() {
    auto worked = impl_->work_until_stopped();
    impl_->keep_position();
    return worked;
}

void Reactor::stop() {
    impl_->stopping.store(true);
    impl_->cursor.cancel();
}
std::uint64_t Reactor::position() const { return impl_->position(); }

Result<Reactor> Store::react(std::string_view name, const Region& region, ReactFunction function) {
    if (!is_name(name)) return failed(Errc::bad_config, "the reactor's name");
    if (core_->config().read_only) return failed(Errc::read_only);
    return Reactor{*this, name, region, std::move(function)};
}

}  // namespace station::ledger
