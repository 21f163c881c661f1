// What became of something: a value, or one of the ways in which there is none, or a batch of such.
//
//   Outcome<int> outcome = parse(text).and_then(look_up).map([](int cents) { return cents * 2; });
//
// Ok is what functions are given and make; all else is passed on as it is. Everything distributes over a batch: what
// is done to a batch is done to each of its parts, in order, and it stays a batch. Outcome is a monad with ok() and
// and_then(): tests/ledger checks the laws. Where the functions throw, a batch that was moved from is left half done.
// A value: one thread at a time.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <station/ledger/outcome/error.hpp>
#include <station/ledger/outcome/wait.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace station::ledger {

struct Retry {
    Milliseconds after{};
    std::uint32_t attempt = 1;  // the one that was, counted from 1
    std::uint32_t max_attempts = 1;
    std::string reason;
    friend bool operator==(const Retry&, const Retry&) = default;
};

struct Pending {
    WaitCondition condition;
    EventId resume_token;  // who resumes says it
    friend bool operator==(const Pending&, const Pending&) = default;
};

struct Cancelled {
    std::string reason;
    friend bool operator==(const Cancelled&, const Cancelled&) = default;
};

template <typename T>
class Outcome;

template <typename>
inline constexpr bool kIsOutcome = false;
template <typename T>
inline constexpr bool kIsOutcome<Outcome<T>> = true;
template <typename T>
concept AnyOutcome = kIsOutcome<T>;

template <typename T>
class [[nodiscard]] Outcome {
  public:
    using Value = T;
    using Batch = std::vector<Outcome>;

    static Outcome ok(T value) { return Outcome{Ok{std::move(value)}}; }
    static Outcome error(OutcomeError error) { return Outcome{std::move(error)}; }
    static Outcome error(ErrorKind kind, std::string message) { return error(OutcomeError{kind, std::move(message)}); }
    static Outcome retry(Retry retry) { return Outcome{std::move(retry)}; }
    static Outcome pending(WaitCondition condition, EventId resume_token) {
        return Outcome{Pending{std::move(condition), resume_token}};
    }
    static Outcome cancelled(std::string reason) { return Outcome{Cancelled{std::move(reason)}}; }
    static Outcome batch(Batch parts) { return Outcome{std::move(parts)}; }

    bool is_ok() const { return if_ok() != nullptr; }
    bool is_error() const { return if_error() != nullptr; }
    bool is_retry() const { return if_retry() != nullptr; }
    bool is_pending() const { return if_pending() != nullptr; }
    bool is_cancelled() const { return if_cancelled() != nullptr; }
    bool is_batch() const { return if_batch() != nullptr; }
    // Nothing more will come of it: ok, error, cancelled, and a batch of nothing else.
    bool is_terminal() const;

    // What it is; null for what it is not.
    const T* if_ok() const {
        const Ok* const ok = std::get_if<Ok>(&state_);
        return ok ? &ok->value : nullptr;
    }
    T* if_ok() { return const_cast<T*>(std::as_const(*this).if_ok()); }
    const OutcomeError* if_error() const { return std::get_if<OutcomeError>(&state_); }
    const Retry* if_retry() const { return std::get_if<Retry>(&state_); }
    const Pending* if_pending() const { return std::get_if<Pending>(&state_); }
    const Cancelled* if_cancelled() const { return std::get_if<Cancelled>(&state_); }
    const Batch* if_batch() const { return std::get_if<Batch>(&state_); }
    Batch* if_batch() { return std::get_if<Batch>(&state_); }

    // f: T -> U
    template <typename F>
    auto map(F&& f) const& {
        return map_of(*this, f);
    }
    template <typename F>
    auto map(F&& f) && {
        return map_of(std::move(*this), f);
    }

    // f: T -> Outcome<U>
    template <typename F>
    auto and_then(F&& f) const& {
        return bind<std::remove_cvref_t<std::invoke_result_t<F&, const T&>>>(*this, f);
    }
    template <typename F>
    auto and_then(F&& f) && {
        return bind<std::remove_cvref_t<std::invoke_result_t<F&, T&&>>>(std::move(*this), f);
    }

    // and_then() where pred(value) holds; the value stays as it is where not. f: T -> Outcome<T>
    template <std::predicate<const T&> P, typename F>
    Outcome and_then_if(P&& pred, F&& f) const& {
        return and_then(
            [&](const T& value) -> Outcome { return std::invoke(pred, value) ? std::invoke(f, value) : ok(value); });
    }
    template <std::predicate<const T&> P, typename F>
    Outcome and_then_if(P&& pred, F&& f) && {
        return std::move(*this).and_then([&](T&& value) -> Outcome {
            return std::invoke(pred, std::as_const(value)) ? std::invoke(f, std::move(value)) : ok(std::move(value));
        });
    }

    // f: OutcomeError -> Outcome<T>
    template <typename F>
    Outcome or_else(F&& f) const& {
        return recover(*this, f);
    }
    template <typename F>
    Outcome or_else(F&& f) && {
        return recover(std::move(*this), f);
    }

    // f: OutcomeError -> OutcomeError
    template <typename F>
    Outcome map_error(F&& f) const& {
        return or_else([&f](const OutcomeError& wrong) { return error(std::invoke(f, wrong)); });
    }
    template <typename F>
    Outcome map_error(F&& f) && {
        return std::move(*this).or_else([&f](OutcomeError&& wrong) { return error(std::invoke(f, std::move(wrong))); });
    }

    // Outcome<Outcome<U>> -> Outcome<U>
    auto flatten() const&
        requires AnyOutcome<T>
    {
        return and_then(std::identity{});
    }
    auto flatten() &&
            requires AnyOutcome<T>
    {
        return std::move(*this).and_then([](T&& inner) { return std::move(inner); });
    }

    // Shows f every value, or every error, and changes nothing.
    template <std::invocable<const T&> F>
    const Outcome& inspect(F&& f) const& {
        visit_parts<Ok>([&f](const Ok& ok) { std::invoke(f, ok.value); });
        return *this;
    }
    template <std::invocable<const T&> F>
    Outcome inspect(F&& f) && {
        return inspect(f), std::move(*this);
    }
    template <std::invocable<const OutcomeError&> F>
    const Outcome& inspect_error(F&& f) const& {
        visit_parts<OutcomeError>(f);
        return *this;
    }
    template <std::invocable<const OutcomeError&> F>
    Outcome inspect_error(F&& f) && {
        return inspect_error(f), std::move(*this);
    }

    // A batch is not one value: see join_all() and join_any() in combine.hpp.
    T value_or(T fallback) const& { return is_ok() ? *if_ok() : std::move(fallback); }
    T value_or(T fallback) && { return is_ok() ? std::move(*if_ok()) : std::move(fallback); }

    friend bool operator==(const Outcome&, const Outcome&) = default;

  private:
    template <typename>
    friend class Outcome;

    struct Ok {
        T value;
        friend bool operator==(const Ok&, const Ok&) = default;
    };
    using State = std::variant<Ok, OutcomeError, Retry, Pending, Cancelled, Batch>;

    explicit Outcome(State state) : state_(std::move(state)) {}

    // A part of a batch is copied or moved from as the batch is.
    template <typename Self>
    using PartOf = std::conditional_t<std::is_lvalue_reference_v<Self>, const Outcome&, Outcome&&>;

    template <typename Result, typename Self, typename F>
    static Result bind(Self&& self, F& f);
    template <typename Self, typename F>
    static auto map_of(Self&& self, F& f);
    template <typename Self, typename F>
    static Outcome recover(Self&& self, F& f);
    template <typename Part, typename F>
    void visit_parts(F&& f) const;

    State state_;
};

template <typename T>
bool Outcome<T>::is_terminal() const {
    if (const Batch* const parts = if_batch()) return std::ranges::all_of(*parts, &Outcome::is_terminal);
    return is_ok() || is_error() || is_cancelled();
}

template <typename T>
template <typename Result, typename Self, typename F>
Result Outcome<T>::bind(Self&& self, F& f) {
    static_assert(AnyOutcome<Result>, "what and_then() calls returns an Outcome; map() takes what returns a value");
    const auto take = [&f]<typename Part>(Part&& part) -> Result {
        using Kind = std::remove_cvref_t<Part>;
        if constexpr (std::is_same_v<Kind, Ok>) {
            return std::invoke(f, std::forward<Part>(part).value);
        } else if constexpr (std::is_same_v<Kind, Batch>) {
            typename Result::Batch results;
            results.reserve(part.size());
            for (auto& one : part) results.push_back(bind<Result>(static_cast<PartOf<Self>>(one), f));
            return Result::batch(std::move(results));
        } else {
            return Result{std::forward<Part>(part)};
        }
    };
    return std::visit(take, std::forward<Self>(self).state_);
}

template <typename T>
template <typename Self, typename F>
auto Outcome<T>::map_of(Self&& self, F& f) {
    using Argument = std::conditional_t<std::is_lvalue_reference_v<Self>, const T&, T&&>;
    using Result = Outcome<std::remove_cvref_t<std::invoke_result_t<F&, Argument>>>;
    const auto lifted = [&f](Argument value) { return Result::ok(std::invoke(f, std::forward<Argument>(value))); };
    return bind<Result>(std::forward<Self>(self), lifted);
}

template <typename T>
template <typename Self, typename F>
Outcome<T> Outcome<T>::recover(Self&& self, F& f) {
    const auto take = [&f]<typename Part>(Part&& part) -> Outcome {
        using Kind = std::remove_cvref_t<Part>;
        if constexpr (std::is_same_v<Kind, OutcomeError>) {
            return std::invoke(f, std::forward<Part>(part));
        } else if constexpr (std::is_same_v<Kind, Batch>) {
            Batch results;
            results.reserve(part.size());
            for (auto& one : part) results.push_back(recover(static_cast<PartOf<Self>>(one), f));
            return batch(std::move(results));
        } else {
            return Outcome{std::forward<Part>(part)};
        }
    };
    return std::visit(take, std::forward<Self>(self).state_);
}

template <typename T>
template <typename Part, typename F>
void Outcome<T>::visit_parts(F&& f) const {
    if (const Part* const part = std::get_if<Part>(&state_)) std::invoke(f, *part);
    if (const Batch* const parts = if_batch()) {
        for (const Outcome& one : *parts) one.template visit_parts<Part>(f);
    }
}

}  // namespace station::ledger
