// What an entity's history amounts to, folded event by event. A projection is a type that says which kinds it looks at:
//
//   struct Balance {
//       static constexpr std::string_view name = "balance";
//       static constexpr std::uint64_t schema_version = 1;   // another one where the meaning or the bytes change
//       static constexpr std::array relevant_kinds{kDeposited, kWithdrawn};
//       std::int64_t cents = 0;
//       void apply(const StoredEvent& event, const Payload& payload);   // or Result<void>: an error ends the fold
//       std::vector<std::byte> to_bytes() const;             // these two where it can be cached
//       static std::optional<Balance> from_bytes(Bytes bytes);
//   };
//   auto balance = store.project<Balance>("account:7");
//
// The payload is as it was appended, decrypted where it was to be; where the entity has been erased since,
// Payload::state() says so. With a cache (StoreConfig::cache) only what is new is folded; the answer is the one without
// it. Where the entity was erased since, or the cache contradicts the log, all is folded anew. Any thread may project.
#pragma once

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <station/ledger/store/payload.hpp>
#include <station/ledger/store/stored_event.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace station::ledger {

class Core;

struct Freshness {
    // All that was acknowledged before the call is in it.
    static Freshness consistent() { return {}; }
    // A cached one is good enough that was complete no longer ago than this, by the store's clock. What has been erased
    // is never in it.
    static Freshness best_effort(std::chrono::nanoseconds max_stale) { return {max_stale}; }

    std::optional<std::chrono::nanoseconds> max_stale = {};
};

template <typename T>
concept Projection = std::default_initializable<T> && std::copyable<T> &&
                     requires(T state, const StoredEvent& event, const Payload& payload) {
                         { T::name } -> std::convertible_to<std::string_view>;
                         { T::schema_version } -> std::convertible_to<std::uint64_t>;
                         { T::relevant_kinds } -> std::convertible_to<std::span<const EventKind>>;
                         state.apply(event, payload);
                     };
template <typename T>
concept CachedProjection = Projection<T> && requires(const T& state, Bytes bytes) {
    { state.to_bytes() } -> std::convertible_to<std::vector<std::byte>>;
    { T::from_bytes(bytes) } -> std::convertible_to<std::optional<T>>;
};

namespace detail {

// A projection, whatever its type.
class Fold {
  public:
    virtual ~Fold() = default;
    virtual std::string_view name() const = 0;
    virtual std::uint64_t schema_version() const = 0;
    virtual std::span<const EventKind> kinds() const = 0;
    virtual bool can_be_cached() const = 0;

    virtual void begin() = 0;
    virtual Result<void> apply(const StoredEvent& event, const Payload& payload) = 0;
    virtual std::vector<std::byte> to_bytes() const = 0;
    virtual bool from_bytes(Bytes bytes) = 0;
};

template <Projection T>
class FoldOf final : public Fold {
  public:
    std::string_view name() const override { return T::name; }
    std::uint64_t schema_version() const override { return T::schema_version; }
    std::span<const EventKind> kinds() const override { return T::relevant_kinds; }
    bool can_be_cached() const override { return CachedProjection<T>; }

    void begin() override { state = T{}; }
    Result<void> apply(const StoredEvent& event, const Payload& payload) override {
        if constexpr (std::is_void_v<decltype(state.apply(event, payload))>) {
            state.apply(event, payload);
            return {};
        } else {
            return state.apply(event, payload);
        }
    }
    std::vector<std::byte> to_bytes() const override {
        if constexpr (CachedProjection<T>) return state.to_bytes();
        return {};
    }
    bool from_bytes([[maybe_unused]] Bytes bytes) override {
        if constexpr (CachedProjection<T>) {
            if (std::optional<T> kept = T::from_bytes(bytes)) {
                state = std::move(*kept);
                return true;
            }
        }
        return false;
    }

    T state{};
};

// False: the entity has no event that the fold looks at.
Result<bool> project(Core& core, std::string_view entity, Freshness freshness, Fold& fold);

class Watch {
  public:
    Watch(std::shared_ptr<Core> core, std::string_view entity);
    Watch(Watch&&) noexcept;
    Watch& operator=(Watch&&) noexcept;
    ~Watch();
    Result<void> next(Fold& fold, std::optional<std::chrono::nanoseconds> timeout);
    void cancel();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace detail

// Errc::damaged where the log is, and T's own errors.
template <Projection T>
Result<std::optional<T>> project(const std::shared_ptr<Core>& core, std::string_view entity, Freshness freshness) {
    detail::FoldOf<T> fold;
    const auto any = detail::project(*core, entity, freshness, fold);
    if (!any) return tl::unexpected(any.error());
    if (!*any) return std::optional<T>{};
    return std::optional<T>{std::move(fold.state)};
}

// One thread at a time; cancel() from any. It may outlive its store.
template <Projection T>
class ProjectionWatch {
  public:
    ProjectionWatch(std::shared_ptr<Core> core, std::string_view entity) : watch_(std::move(core), entity) {}

    // First what there is, where there is something; then waits until it has changed, once or many times, and gives it
    // as it is then. log::Errc::timed_out; log::Errc::cancelled; Errc::closed: the store is closed, and the last change
    // was given. After another error it begins anew.
    Result<T> next(std::optional<std::chrono::nanoseconds> timeout = {}) {
        if (auto changed = watch_.next(fold_, timeout); !changed) return tl::unexpected(std::move(changed.error()));
        return fold_.state;
    }
    // Ends the wait under way, or else the next one.
    void cancel() { watch_.cancel(); }

  private:
    detail::Watch watch_;
    detail::FoldOf<T> fold_;
};

}  // namespace station::ledger
