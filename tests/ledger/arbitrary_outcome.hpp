// Outcomes that RapidCheck makes up, and laws that must hold for all of them. It prints the seed it began with, and
// what a law did not hold for, made as small as it can be: RC_PARAMS="seed=…" repeats all, what it prints as
// "reproduce=…" the one case. RapidCheck takes long to compile, and is only included by arbitrary_outcome.cpp.
#pragma once

#include <functional>
#include <station/ledger/outcome/outcome.hpp>
#include <string>
#include <vector>

namespace station::test {

// False where it does not hold for a hundred cases, each made of what `says` takes from any().
bool law(const std::string& name, const std::function<void()>& says);
// Ends the case.
void must_hold(bool condition);

// For int, vector<int>, OutcomeError, Kleisli, Outcome<int>, Outcome<Outcome<int>>, and vectors of these two.
template <typename T>
T any();
// One that is no batch.
ledger::Outcome<int> any_leaf();

// A function that a law can be tried with: what it returns depends on what it is given.
struct Kleisli {
    std::vector<ledger::Outcome<int>> results;  // three

    ledger::Outcome<int> operator()(int x) const {
        return results[static_cast<unsigned>(x) % results.size()].map(
            [x](int y) { return static_cast<int>(static_cast<unsigned>(x) * 31 + static_cast<unsigned>(y)); });
    }
};

inline int twice(int x) { return static_cast<int>(static_cast<unsigned>(x) * 2); }
inline int next(int x) { return static_cast<int>(static_cast<unsigned>(x) + 1); }
inline bool is_even(int x) { return x % 2 == 0; }

}  // namespace station::test
