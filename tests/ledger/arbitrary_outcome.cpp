#include <rapidcheck.h>

#include "arbitrary_outcome.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <station/ledger/outcome/codec.hpp>
#include <string>
#include <utility>
#include <vector>

namespace station::ledger {

template <typename T>
void showValue(const Outcome<T>& outcome, std::ostream& out) {
    if constexpr (AnyOutcome<T>) {
        out << outcome_to_json(outcome.map([](const T& inner) { return outcome_to_json(inner); }));
    } else {
        out << outcome_to_json(outcome);
    }
}
void showValue(const OutcomeError& error, std::ostream& out) { out << error.to_text(); }

}  // namespace station::ledger

namespace station::test {

namespace gen = rc::gen;

rc::Gen<std::string> words() { return gen::container<std::string>(gen::inRange<char>('a', 'f')); }

rc::Gen<std::vector<std::byte>> bytes() {
    return gen::map(gen::arbitrary<std::vector<std::uint8_t>>(), [](const std::vector<std::uint8_t>& numbers) {
        std::vector<std::byte> result;
        for (const std::uint8_t number : numbers) result.push_back(std::byte{number});
        return result;
    });
}

rc::Gen<ledger::EventId> id() {
    return gen::map(gen::arbitrary<std::array<std::uint8_t, 16>>(), [](const std::array<std::uint8_t, 16>& numbers) {
        std::array<std::byte, 16> result{};
        std::ranges::transform(numbers, result.begin(), [](std::uint8_t number) { return std::byte{number}; });
        return ledger::EventId{result};
    });
}

ledger::Milliseconds duration() {
    // Of any width: RapidCheck's own numbers are small.
    return ledger::Milliseconds{*gen::map(gen::pair(gen::arbitrary<std::uint64_t>(), gen::inRange(0, 64)),
                                          [](const auto& it) { return it.first << it.second; })};
}

rc::Gen<ledger::WaitCondition> condition(int depth = 0) {
    using Wait = ledger::WaitCondition;
    return gen::exec([depth] {
        const auto inner = [depth] { return *gen::container<std::vector<Wait>>(condition(depth + 1)); };
        switch (*gen::inRange(0, depth < 2 ? 5 : 3)) {
            case 0: return Wait{Wait::Timeout{duration()}};
            case 1: return Wait{Wait::Event{*id()}};
            case 2: return Wait{Wait::Custom{*gen::arbitrary<std::uint16_t>(), *bytes()}};
            case 3: return Wait{Wait::All{inner()}};
            default: return Wait{Wait::Any{inner()}};
        }
    });
}

rc::Gen<ledger::CompensationAction> compensation() {
    using Action = ledger::CompensationAction;
    return gen::exec([] {
        switch (*gen::inRange(0, 4)) {
            case 0: return Action{Action::Rollback{*gen::container<std::vector<ledger::EventId>>(id())}};
            case 1: return Action{Action::Notify{*id(), *words()}};
            case 2: return Action{Action::Release{*gen::container<std::vector<ledger::EventId>>(id())}};
            default: return Action{Action::Custom{*words(), *bytes()}};
        }
    });
}

rc::Gen<ledger::OutcomeError> error() {
    return gen::exec([] {
        using ledger::ErrorKind;
        const int kind = *gen::inRange(0, 9);
        ledger::OutcomeError error{kind < 8 ? ErrorKind{static_cast<ErrorKind::Name>(kind)}
                                            : ErrorKind::custom(*gen::arbitrary<std::uint16_t>()),
                                   *words()};
        if (*gen::arbitrary<bool>()) error.compensation = *compensation();
        error.retryable = *gen::arbitrary<bool>();
        return error;
    });
}

// No batch.
template <typename T>
rc::Gen<ledger::Outcome<T>> leaf() {
    using Made = ledger::Outcome<T>;
    return gen::exec([] {
        // Half of them ok, since most laws say most of those.
        switch (*gen::inRange(0, 8)) {
            case 0: return Made::error(*error());
            case 1:
                return Made::retry(
                    {duration(), *gen::arbitrary<std::uint32_t>(), *gen::arbitrary<std::uint32_t>(), *words()});
            case 2: return Made::pending(*condition(), *id());
            case 3: return Made::cancelled(*words());
            default: return Made::ok(*gen::arbitrary<T>());
        }
    });
}

template <typename T>
rc::Gen<ledger::Outcome<T>> outcome(int depth = 0) {
    using Made = ledger::Outcome<T>;
    return gen::exec([depth] {
        if (depth >= 3 || *gen::inRange(0, 3) > 0) return *leaf<T>();
        const auto size = *gen::inRange<std::size_t>(0, 4);
        return Made::batch(*gen::container<typename Made::Batch>(size, outcome<T>(depth + 1)));
    });
}

void showValue(const Kleisli& f, std::ostream& out) { rc::show(f.results, out); }

}  // namespace station::test

namespace rc {

template <typename T>
struct Arbitrary<station::ledger::Outcome<T>> {
    static Gen<station::ledger::Outcome<T>> arbitrary() { return station::test::outcome<T>(); }
};
// Short ones: each may be a batch of batches, and a law that six parts keep a hundred keep as well.
template <typename T>
struct Arbitrary<std::vector<station::ledger::Outcome<T>>> {
    static Gen<std::vector<station::ledger::Outcome<T>>> arbitrary() {
        return gen::mapcat(gen::inRange<std::size_t>(0, 7), [](std::size_t size) {
            return gen::container<std::vector<station::ledger::Outcome<T>>>(size, station::test::outcome<T>(1));
        });
    }
};
template <>
struct Arbitrary<station::ledger::OutcomeError> {
    static Gen<station::ledger::OutcomeError> arbitrary() { return station::test::error(); }
};
template <>
struct Arbitrary<station::test::Kleisli> {
    static Gen<station::test::Kleisli> arbitrary() {
        return gen::map(gen::container<std::vector<station::ledger::Outcome<int>>>(3, station::test::outcome<int>(2)),
                        [](std::vector<station::ledger::Outcome<int>>&& results) {
                            return station::test::Kleisli{std::move(results)};
                        });
    }
};

}  // namespace rc

namespace station::test {

bool law(const std::string& name, const std::function<void()>& says) { return rc::check(name, says); }

void must_hold(bool condition) { RC_ASSERT(condition); }

template <typename T>
T any() {
    return *gen::arbitrary<T>();
}
template int any();
template std::vector<int> any();
template ledger::OutcomeError any();
template Kleisli any();
template ledger::Outcome<int> any();
template ledger::Outcome<ledger::Outcome<int>> any();
template std::vector<ledger::Outcome<int>> any();
template std::vector<ledger::Outcome<ledger::Outcome<int>>> any();

ledger::Outcome<int> any_leaf() { return *leaf<int>(); }

}  // namespace station::test
