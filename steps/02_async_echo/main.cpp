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
asio::awaitable<void> serve(tcp::socket socket, std::size_t max_line) {
    wire::LineBuffer lines{max_line};
    std::string echo;
    while (true) {
        const auto room = lines.prepare();
        const auto [error, bytes] = co_await socket.async_read_some(asio::buffer(room.data(), room.size()), net::use_tuple);
        if (error) co_return;
        lines.commit(bytes);

        echo.clear();
        wire::Line line = lines.next();
        for (; line.status == wire::LineStatus::complete; line = lines.next()) {
            echo.append(line.text).push_back('\n');
        }
        const bool too_long = line.status == wire::LineStatus::too_long;
        if (too_long) echo += wire::error_line_too_long().text + '\n';
        const auto [write_error, written] = co_await asio::async_write(socket, asio::buffer(echo), net::use_tuple);
        if (write_error) co_return;
        if (too_long) co_return co_await net::async_close_gently(socket);
    }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, std::size_t max_line) {
    while (true) {
        auto [error, socket] = co_await acceptor.async_accept(net::use_tuple);
        if (error) {
            co_await net::async_pause(acceptor);
            continue;
        }
        socket.set_option(tcp::no_delay(true), error);
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), max_line), asio::detached);
    }
}

int main(int argc, char** argv) {
    auto options = app::parse(argc, argv, {.name = "step02_async_echo", .port = 7002});

    asio::io_context io{1};
    tcp::acceptor acceptor{io};
    if (const auto error = net::listen(acceptor, options.endpoint)) {
        app::report_listen_error(options.name, options.endpoint, error);
        return app::kUsageError;
    }
    const flow::ShutdownSignal signal{[&] { io.stop(); }};
    asio::co_spawn(io, accept(acceptor, options.max_line), asio::detached);
    app::announce(options.name, options.endpoint);
    io.run();
}
