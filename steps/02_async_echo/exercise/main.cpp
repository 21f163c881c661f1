// Exercise 2: there are coroutines, and still one client waits for the other. Serve them all, at little memory each.
#include <array>
#include <station/app/options.hpp>
#include <station/app/run.hpp>
#include <station/flow/shutdown_signal.hpp>
#include <station/net/asio.hpp>
#include <station/net/sockets.hpp>
#include <station/wire/line_buffer.hpp>
#include <station/wire/reply.hpp>
#include <tuple>

using namespace station;
using net::tcp;

// ---- your part: one client, from its first byte to its last ----
// The buffer that `lines` owns is taken from the first wait to the client's end, though mostly there is nothing in it.
net::Awaitable<void> serve(net::Socket socket, wire::ReadBlock&, std::size_t max_line) {
    wire::LineBuffer lines{max_line};
    while (true) {
        const auto [error, bytes] = co_await socket.async_read_some(net::buffer(lines.prepare()), net::use_tuple);
        if (error) co_return;
        lines.commit(bytes);

        wire::Line run = lines.next_run();
        for (; run.status == wire::LineStatus::complete; run = lines.next_run()) {
            if (co_await net::async_send(socket, run.text)) co_return;
        }
        if (run.status == wire::LineStatus::too_long) {
            co_await net::async_send(socket, wire::error_line_too_long().text + '\n');
            co_return co_await net::async_close_gently(socket);
        }
    }
}
// ---- end of your part ----

net::Awaitable<void> accept(net::Acceptor& acceptor, wire::ReadBlock& block, std::size_t max_line) {
    while (true) {
        auto [error, socket] = co_await acceptor.async_accept(net::use_tuple);
        if (error) {
            co_await net::async_pause(acceptor);
            continue;
        }
        socket.set_option(tcp::no_delay(true), error);
        socket.non_blocking(true, error);
        // ---- your part: the next client ----
        co_await serve(std::move(socket), block, max_line);
        // ---- end of your part ----
    }
}

int main(int argc, char** argv) {
    auto options = app::parse(argc, argv, {.name = "step02_async_echo", .port = 7002});

    wire::ReadBlock block;
    asio::io_context io{net::kOneThread};
    net::Acceptor acceptor{io};
    if (const auto error = net::listen(acceptor, options.endpoint)) {
        app::report_listen_error(options.name, options.endpoint, error);
        return app::kUsageError;
    }
    const flow::ShutdownSignal signal{[&] { io.stop(); }};
    asio::co_spawn(io, accept(acceptor, block, options.max_line), asio::detached);
    app::announce(options.name, options.endpoint);
    io.run();
}
