// Publishing and reading with Asio's completion tokens: use_awaitable, use_future, as_tuple, callbacks. Include it in
// .cpp files only: Asio is expensive to compile. The log itself knows nothing of Asio.
//
//   auto receipt = co_await topic.async_publish("cpu=0.82", asio::use_awaitable);
//   for (;;)
//       for (const EventView& event : co_await async_next_batch(cursor, asio::use_awaitable)) handle(event);
//
// Handlers run on their associated executor. One that has none runs on a thread of the bus for async_publish: it must
// be short there, and must not wait.
#pragma once

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <memory>
#include <station/log/topic.hpp>
#include <utility>
#include <vector>

namespace station::log {
namespace detail {

template <typename Handler>
struct AsyncPublish : PublishRequest {
    using Executor = asio::associated_executor_t<Handler>;

    AsyncPublish(Handler&& completion, Bytes payload, Bytes headers)
        : handler(std::move(completion)), work(asio::get_associated_executor(handler)) {
        bytes.reserve(payload.size() + headers.size());
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        bytes.insert(bytes.end(), headers.begin(), headers.end());
        message = {Bytes{bytes}.first(payload.size()), Bytes{bytes}.subspan(payload.size())};
        messages = {&message, 1};
        receipts = &receipt;
        done = [](PublishRequest& self, std::error_code error) noexcept {
            complete(std::unique_ptr<AsyncPublish>{static_cast<AsyncPublish*>(&self)}, error, false);
        };
    }

    static void complete(std::unique_ptr<AsyncPublish> self, std::error_code error, bool from_initiation) {
        auto executor = asio::get_associated_executor(self->handler);
        auto call = [handler = std::move(self->handler), error, receipt = self->receipt]() mutable {
            std::move(handler)(error, receipt);
        };
        if (from_initiation) {
            asio::post(executor, std::move(call));
        } else {
            asio::dispatch(executor, std::move(call));
        }
    }

    Handler handler;
    asio::executor_work_guard<Executor> work;
    std::vector<std::byte> bytes;
    Message message;
    Receipt receipt;
};

template <typename Handler>
class AsyncNextBatch : public std::enable_shared_from_this<AsyncNextBatch<Handler>> {
  public:
    AsyncNextBatch(Cursor& cursor, const Cursor::Limits& limits, Handler&& completion)
        : cursor_(cursor),
          limits_(limits),
          handler_(std::move(completion)),
          work_(asio::get_associated_executor(handler_)) {}

    void begin() {
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (slot.is_connected()) {
            slot.assign([impl = cursor_.impl()](asio::cancellation_type) { Cursor::cancel(*impl); });
        }
        attempt(true);
    }

  private:
    void attempt(bool from_initiation) {
        const auto batch = cursor_.poll(limits_);
        if (batch && batch->empty()) {
            auto self = this->shared_from_this();
            cursor_.wait([self] {
                asio::post(asio::get_associated_executor(self->handler_), [self] { self->attempt(false); });
            });
            return;
        }
        std::error_code error;
        if (!batch) {
            error = batch.error() == Errc::cancelled ? make_error_code(asio::error::operation_aborted) : batch.error();
        }
        asio::get_associated_cancellation_slot(handler_).clear();
        auto executor = asio::get_associated_executor(handler_);
        auto call = [handler = std::move(handler_), error, events = batch.value_or(Cursor::Batch{})]() mutable {
            std::move(handler)(error, events);
        };
        if (from_initiation) {
            asio::post(executor, std::move(call));
        } else {
            call();
        }
    }

    Cursor& cursor_;
    Cursor::Limits limits_;
    Handler handler_;
    asio::executor_work_guard<asio::associated_executor_t<Handler>> work_;
};

}  // namespace detail

template <typename CompletionToken>
auto Topic::async_publish(Bytes payload, Bytes headers, CompletionToken&& token) {
    return asio::async_initiate<CompletionToken, void(std::error_code, Receipt)>(
        [topic = *this, payload, headers](auto handler) mutable {
            using Operation = detail::AsyncPublish<decltype(handler)>;
            auto operation = std::make_unique<Operation>(std::move(handler), payload, headers);
            if (const auto error = topic.submit(*operation)) {
                Operation::complete(std::move(operation), error, true);
            } else {
                operation.release();  // the topic's until `done`
            }
        },
        token);
}

template <typename CompletionToken>
auto Topic::async_publish(std::string_view payload, CompletionToken&& token) {
    return async_publish(as_bytes(payload), Bytes{}, std::forward<CompletionToken>(token));
}

// Cursor::next_batch() with a completion token, void(std::error_code, Cursor::Batch). The cursor must stay until then,
// and be used by nobody else. Cancelling the operation completes it with operation_aborted.
template <typename CompletionToken>
auto async_next_batch(Cursor& cursor, const Cursor::Limits& limits, CompletionToken&& token) {
    return asio::async_initiate<CompletionToken, void(std::error_code, Cursor::Batch)>(
        [&cursor, limits](auto handler) {
            using Operation = detail::AsyncNextBatch<decltype(handler)>;
            std::make_shared<Operation>(cursor, limits, std::move(handler))->begin();
        },
        token);
}

template <typename CompletionToken>
auto async_next_batch(Cursor& cursor, CompletionToken&& token) {
    return async_next_batch(cursor, Cursor::Limits{}, std::forward<CompletionToken>(token));
}

}  // namespace station::log
