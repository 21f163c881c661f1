// Step 2 in the zoo: an echo for all clients at once, and on request one with a bug of the event loop's.
#include <unistd.h>
#include <array>
#include <chrono>
#include <csignal>
#include <list>
#include <optional>
#include <station/app/options.hpp>
#include <station/app/run.hpp>
#include <station/flow/shutdown_signal.hpp>
#include <station/net/asio.hpp>
#include <station/net/sockets.hpp>
#include <station/wire/line_buffer.hpp>
#include <station/wire/reply.hpp>
#include <station/zoo.hpp>
#include <string>
#include <thread>

using namespace station;
using net::tcp;

// Reads on until the line has its end, whoever else waits.
void read_the_rest(net::Socket& socket, wire::LineBuffer& lines, std::error_code& error) {
    socket.non_blocking(false, error);
    std::array<char, 1> byte{};
    while (!error && byte[0] != '\n') {
        if (socket.read_some(asio::buffer(byte), error) == 0) break;
        lines.prepare()[0] = byte[0];
        lines.commit(1);
    }
    std::error_code ignored;
    socket.non_blocking(true, ignored);
}

net::Awaitable<void> serve(net::Socket socket, std::size_t max_line) {
    static std::list<std::string> left_behind;
    if (zoo::has("descriptor-left-open")) ::dup(STDERR_FILENO);
    if (zoo::has("leak-per-connection")) left_behind.emplace_back(8192, 'x');
    std::optional<wire::LineBuffer> lines;
    lines.emplace(max_line);
    while (true) {
        const auto read = co_await net::async_receive(socket, *lines);
        if (read.error && lines->inside_line() && zoo::has("crash-on-half-a-line")) std::raise(SIGSEGV);
        if (read.error) co_return;
        if (zoo::has("handler-that-sleeps")) std::this_thread::sleep_for(std::chrono::milliseconds{20});
        std::error_code error;
        wire::Line run = lines->next_run();
        if (zoo::has("waits-for-the-line") && run.status == wire::LineStatus::incomplete && lines->inside_line()) {
            read_the_rest(socket, *lines, error);
            if (error) co_return;
            run = lines->next_run();
        }
        for (; run.status == wire::LineStatus::complete; run = lines->next_run()) {
            const auto first = run.text.substr(0, run.text.find('\n') + 1);
            const auto text = zoo::has("one-line-a-read") ? first : run.text;
            if (co_await net::async_send(socket, std::string{text})) co_return;
        }
        if (run.status == wire::LineStatus::too_long) {
            co_await net::async_send(socket, wire::error_line_too_long().text + '\n');
            co_return co_await net::async_close_gently(socket);
        }
        if (zoo::has("half-line-dropped")) lines.emplace(max_line);
    }
}

net::Awaitable<void> accept(net::Acceptor& acceptor, std::size_t max_line) {
    while (true) {
        auto [error, socket] = co_await acceptor.async_accept(net::use_tuple);
        if (error && zoo::has("accept-stops-after-error")) co_return;
        if (error) {
            co_await net::async_pause(acceptor);
            continue;
        }
        socket.set_option(tcp::no_delay(true), error);
        socket.non_blocking(true, error);
        if (zoo::has("one-client-at-a-time")) {
            co_await serve(std::move(socket), max_line);
        } else {
            asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), max_line), asio::detached);
        }
    }
}

int main(int argc, char** argv) {
    auto options = app::parse(argc, argv, {.name = "step02_async_echo", .port = 7002});
    asio::io_context io{net::kOneThread};
    net::Acceptor acceptor{io};
    if (const auto error = net::listen(acceptor, options.endpoint)) {
        app::report_listen_error(options.name, options.endpoint, error);
        return app::kUsageError;
    }
    const flow::ShutdownSignal signal{[&] { io.stop(); }};
    asio::co_spawn(io, accept(acceptor, options.max_line), asio::detached);
    app::announce(options.name, options.endpoint);
    io.run();
}
