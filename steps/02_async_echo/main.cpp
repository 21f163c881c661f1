// Step 2: the same echo, but waiting is a coroutine's business now: one thread serves all clients.
#include <station/app/options.hpp>
#include <station/app/run.hpp>
#include <station/flow/shutdown_signal.hpp>
#include <station/net/asio.hpp>
#include <station/net/sockets.hpp>
#include <station/wire/line_buffer.hpp>
#include <station/wire/reply.hpp>

using namespace station;
using net::tcp;

// Suspends where step 1 blocked.
net::Awaitable<void> serve(net::Socket socket, wire::ReadBlock& block, std::size_t max_line) {
    wire::LineBuffer lines{block, max_line};
    std::error_code error;
    while (true) {
        co_await socket.async_wait(net::Socket::wait_read, net::use_tuple);
        lines.commit(socket.read_some(net::buffer(lines.prepare()), error));
        if (error == asio::error::would_block) continue;
        if (error) co_return;

        wire::Line run = lines.next_run();
        for (; run.status == wire::LineStatus::complete; run = lines.next_run()) {
            const auto sent = socket.write_some(asio::buffer(run.text), error);
            if (sent < run.text.size() && co_await net::async_send(socket, run.text.substr(sent))) co_return;
        }
        if (run.status == wire::LineStatus::too_long) {
            co_await net::async_send(socket, wire::error_line_too_long().text + '\n');
            co_return co_await net::async_close_gently(socket);
        }
    }
}

net::Awaitable<void> accept(net::Acceptor& acceptor, wire::ReadBlock& block, std::size_t max_line) {
    while (true) {
        auto [error, socket] = co_await acceptor.async_accept(net::use_tuple);
        if (error) {
            co_await net::async_pause(acceptor);
            continue;
        }
        socket.set_option(tcp::no_delay(true), error);
        socket.non_blocking(true, error);
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), block, max_line), asio::detached);
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
