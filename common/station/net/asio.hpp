// Asio as this project uses it. Expensive to compile: include it in .cpp files, not in headers that many files include.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/version.hpp>
#include <asio/write.hpp>
#include <span>
#if ASIO_VERSION >= 102400
#include <asio/as_tuple.hpp>
#else
#include <asio/experimental/as_tuple.hpp>
#endif

namespace station::net {

using tcp = asio::ip::tcp;

// Everything runs on an io_context, and saying so in the types saves what type-erased executors cost at every await.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <typename T>
using Awaitable = asio::awaitable<T, Executor>;

// For io_contexts that one thread runs: sockets and timers skip their locks and must be left to that thread; post() and
// stop() may still come from any.
inline constexpr int kOneThread = ASIO_CONCURRENCY_HINT_UNSAFE_IO;

// co_await with this gives [error, result] instead of throwing: an error that a client can cause is no exception.
#if ASIO_VERSION >= 102400
inline constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable_t<Executor>{});
#else
inline constexpr auto use_tuple = asio::experimental::as_tuple(asio::use_awaitable_t<Executor>{});
#endif

// Asio 1.22 does not know std::span yet.
inline asio::mutable_buffer buffer(std::span<char> bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace station::net
