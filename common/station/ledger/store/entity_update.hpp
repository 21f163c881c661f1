// update() of an entity in a store: what T makes of its history is what is decided about (projection.hpp).
//
//   auto done = update<Balance>(store, account, {.key = order}, [&](const Balance& now) -> Decision {
//       if (now.cents < 300) return tl::unexpected(Denial{"overdraft", "more than there is"});
//       return decided(kWithdrawn, Amount{300});
//   });
//
// Behind gates the function says what is to happen, and the gates decide:
//
//   auto done = update<Balance>(bank, account, {.key = order}, [&](const Balance& now) {
//       return Asked{Movement{now, 300}, kWithdrawn, Amount{300}};
//   });
//
// It is called once for each try, maybe of several threads' at a time. An entity without events is a T{}.
#pragma once

#include <concepts>
#include <functional>
#include <station/ledger/store/gated_store.hpp>
#include <station/ledger/store/store.hpp>
#include <station/ledger/store/update.hpp>
#include <utility>
#include <vector>

namespace station::ledger {

struct Decided {
    EventKind kind;
    std::vector<std::byte> payload;  // one MessagePack value
};
using Decision = tl::expected<Decided, Denial>;

template <Encodable P>
Decided decided(EventKind kind, const P& payload) {
    return {kind, PayloadOf<P>::encode(payload)};
}

// What is to happen, and what the gates are to see of it.
template <typename Ctx, typename P>
struct Asked {
    Ctx context;
    EventKind kind;
    P payload;
};
template <typename Ctx, typename P>
Asked(Ctx, EventKind, P) -> Asked<Ctx, P>;

namespace detail {

// What is the same for every store. Where another one came first whose event is under way still, the next read waits
// for it: to ask again before would be a try for nothing.
class StoredEntity : public Updatable {
  public:
    StoredEntity(const Store& store, const Coordinate& coordinate) : store_(store), coordinate_(coordinate) {}

    Result<Expect> read() final;
    Result<std::optional<Updated>> find(const EventId& key) final;
    Result<Updated> append(const AppendOptions& options) final;

  protected:
    const Coordinate& coordinate() const { return coordinate_; }

  private:
    virtual Result<void> fold() = 0;
    virtual Result<Updated> append_decided(const AppendOptions& options) = 0;
    void wait_for_what_came_first();

    const Store& store_;
    const Coordinate& coordinate_;
    std::uint64_t seen_ = 0;       // global sequences before it were there when it was read
    std::optional<Error> failed_;  // why the last append was too late
};

template <Projection T>
class ProjectedEntity : public StoredEntity {
  public:
    ProjectedEntity(const Store& store, const Coordinate& coordinate)
        : StoredEntity(store, coordinate), store_(store) {}

  protected:
    const T& now() const { return now_; }

  private:
    Result<void> fold() final {
        auto projected = store_.project<T>(coordinate().entity());
        if (!projected) return tl::unexpected(std::move(projected.error()));
        now_ = std::move(*projected).value_or(T{});
        return {};
    }

    const Store& store_;
    T now_{};
};

template <Projection T, std::invocable<const T&> Decide>
class OpenEntity final : public ProjectedEntity<T> {
  public:
    OpenEntity(Store& store, const Coordinate& coordinate, Decide& decide)
        : ProjectedEntity<T>(store, coordinate), store_(store), decide_(decide) {}

    std::optional<Denial> decide() override {
        Decision decision = decide_(this->now());
        if (!decision) return std::move(decision.error());
        decided_ = std::move(*decision);
        return std::nullopt;
    }

  private:
    Result<Updated> append_decided(const AppendOptions& options) override {
        const auto receipt = store_.append(this->coordinate(), decided_.kind, Bytes{decided_.payload}, options);
        if (!receipt) return tl::unexpected(receipt.error());
        return Updated{receipt->event_id, receipt->sequence, receipt->event_hash};
    }

    Store& store_;
    Decide& decide_;
    Decided decided_;
};

template <Projection T, typename Ctx, typename P, std::invocable<const T&> Ask>
class GatedEntity final : public ProjectedEntity<T> {
  public:
    GatedEntity(GatedStore<Ctx>& store, const Coordinate& coordinate, Ask& ask)
        : ProjectedEntity<T>(store.read(), coordinate), store_(store), ask_(ask) {}

    std::optional<Denial> decide() override {
        Asked<Ctx, P> asked = ask_(this->now());
        kind_ = asked.kind;
        auto passed = store_.evaluate(asked.context, Proposal{std::move(asked.payload)});
        if (!passed) return std::move(passed.error());
        passed_.emplace(std::move(*passed));
        return std::nullopt;
    }

  private:
    Result<Updated> append_decided(const AppendOptions& options) override {
        const auto done = store_.commit(std::move(*passed_), this->coordinate(), kind_, options);
        if (!done) return tl::unexpected(done.error());
        return Updated{done->event_id, done->sequence, done->hash};
    }

    GatedStore<Ctx>& store_;
    Ask& ask_;
    EventKind kind_;
    std::optional<Receipt<P>> passed_;
};

template <typename Ctx, typename P>
P payload_type(const Asked<Ctx, P>&);

}  // namespace detail

template <Projection T, std::invocable<const T&> Decide>
    requires std::convertible_to<std::invoke_result_t<Decide&, const T&>, Decision>
Result<tl::expected<Updated, Denial>> update(Store& store, const Coordinate& coordinate, const UpdateOptions& options,
                                             Decide decide) {
    detail::OpenEntity<T, Decide> entity{store, coordinate, decide};
    return update(entity, options);
}

// Also Errc::foreign_receipt, as GatedStore::commit() says.
template <Projection T, typename Ctx, std::invocable<const T&> Ask>
Result<tl::expected<Updated, Denial>> update(GatedStore<Ctx>& store, const Coordinate& coordinate,
                                             const UpdateOptions& options, Ask ask) {
    using P = decltype(detail::payload_type(std::declval<std::invoke_result_t<Ask&, const T&>>()));
    detail::GatedEntity<T, Ctx, P, Ask> entity{store, coordinate, ask};
    return update(entity, options);
}

}  // namespace station::ledger
