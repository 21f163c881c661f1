// Appending with Asio's completion tokens (use_awaitable, use_future, callbacks): void(Result<AppendReceipt>).
// Include it in .cpp files only: Asio is expensive to compile. The store itself knows nothing of Asio.
//
//   auto receipt = co_await async_append(store, account, kDeposited, payload, {}, asio::use_awaitable);
//
// The payload is copied. Where too many events are under way it is log::Errc::queue_full, at once. Handlers run on
// their associated executor; one that has none runs on a thread of the bus: it must be short there, and must not
// wait. Every checkpoint_every-th append pays for a checkpoint, some ten milliseconds, before it begins; the first
// one of an erasable entity waits for its key to be durable.
#pragma once

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <memory>
#include <station/ledger/store/store.hpp>
#include <utility>
#include <vector>

namespace station::ledger {

template <typename CompletionToken>
auto async_append(Store& store, const Coordinate& coordinate, EventKind kind, Bytes payload,
                  const AppendOptions& options, CompletionToken&& token) {
    return asio::async_initiate<CompletionToken, void(Result<AppendReceipt>)>(
        [&store](auto handler, const Coordinate& at, EventKind what, Bytes bytes, const AppendOptions& how) {
            using Handler = decltype(handler);
            auto executor = asio::get_associated_executor(handler);
            auto work = asio::make_work_guard(executor);
            // What is called may be copied, as a std::function's content must.
            auto held = std::make_shared<Handler>(std::move(handler));
            store.start_append(at, what, bytes, how, [held, work](Result<AppendReceipt> result, bool at_once) mutable {
                auto call = [held, result = std::move(result)]() mutable { std::move (*held)(std::move(result)); };
                if (at_once) {
                    asio::post(work.get_executor(), std::move(call));
                } else {
                    asio::dispatch(work.get_executor(), std::move(call));
                }
                work.reset();
            });
        },
        token, coordinate, kind, payload, options);
}

}  // namespace station::ledger
