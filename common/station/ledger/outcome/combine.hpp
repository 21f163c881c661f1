// One outcome of several. Where all must be ok, the worst counts: error, cancelled, retry, pending, ok, in this order;
// of two that are as bad the first. Where one is enough, the best counts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <station/ledger/outcome/outcome.hpp>
#include <string>
#include <utility>
#include <vector>

namespace station::ledger {
namespace detail {

// Of one that is no batch.
template <typename T>
int badness(const Outcome<T>& outcome) {
    if (outcome.is_pending()) return 1;
    if (outcome.is_retry()) return 2;
    if (outcome.is_cancelled()) return 3;
    return outcome.is_error() ? 4 : 0;
}

template <typename T>
void take_leaves(std::vector<Outcome<T>>& outcomes, std::vector<Outcome<T>>& leaves) {
    for (Outcome<T>& outcome : outcomes) {
        if (auto* const parts = outcome.if_batch()) {
            take_leaves(*parts, leaves);
        } else {
            leaves.push_back(std::move(outcome));
        }
    }
}

}  // namespace detail

// Both, or the worse of them. With a batch, each of its parts is zipped with the other one: an empty batch has none,
// and stays empty. Two batches pair by pair: ErrorKind::internal where they have not the same size.
template <typename A, typename B>
Outcome<std::pair<A, B>> zip(Outcome<A> a, Outcome<B> b) {
    using Both = Outcome<std::pair<A, B>>;
    auto* const as = a.if_batch();
    auto* const bs = b.if_batch();
    if (as && bs && as->size() != bs->size()) {
        return Both::error(ErrorKind::internal, "zip of a batch of " + std::to_string(as->size()) +
                                                    " with a batch of " + std::to_string(bs->size()));
    }
    if (as || bs) {
        typename Both::Batch parts;
        const std::size_t size = as ? as->size() : bs->size();
        parts.reserve(size);
        for (std::size_t i = 0; i < size; ++i) {
            parts.push_back(zip(as ? std::move((*as)[i]) : a, bs ? std::move((*bs)[i]) : b));
        }
        return Both::batch(std::move(parts));
    }
    if (detail::badness(a) >= detail::badness(b)) {
        return std::move(a).and_then([&b](A&& x) {
            return std::move(b).map([&x](B&& y) { return std::pair<A, B>{std::move(x), std::move(y)}; });
        });
    }
    // b is not ok, so that this only takes it over.
    return std::move(b).and_then([](B&&) { return Both::batch({}); });
}

// All values, in order, or the worst that is among them. Batches count as what is in them; of nothing: ok, and empty.
template <typename T>
Outcome<std::vector<T>> join_all(std::vector<Outcome<T>> outcomes) {
    std::vector<Outcome<T>> leaves;
    detail::take_leaves(outcomes, leaves);
    const auto worst = std::ranges::max_element(leaves, {}, &detail::badness<T>);
    std::vector<T> values;
    if (worst != leaves.end() && !worst->is_ok()) {
        return std::move(*worst).map([&values](T&&) { return std::move(values); });
    }
    values.reserve(leaves.size());
    for (Outcome<T>& leaf : leaves) values.push_back(std::move(*leaf.if_ok()));
    return Outcome<std::vector<T>>::ok(std::move(values));
}

// The best that is among them: of two that are as good the first, but of errors the last, which is what was tried
// last. Batches count as what is in them; of nothing: ErrorKind::internal.
template <typename T>
Outcome<T> join_any(std::vector<Outcome<T>> outcomes) {
    std::vector<Outcome<T>> leaves;
    detail::take_leaves(outcomes, leaves);
    if (leaves.empty()) return Outcome<T>::error(ErrorKind::internal, "join_any of nothing");
    const auto best = std::ranges::min_element(leaves, {}, &detail::badness<T>);
    return std::move(best->is_error() ? leaves.back() : *best);
}

}  // namespace station::ledger
