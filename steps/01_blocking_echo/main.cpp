// Step 1: accept a client, read its lines, send them back, until it leaves. Then, and only then, the next client.
#include <csignal>
#include <cstdlib>
#include <station/app/options.hpp>
#include <station/app/run.hpp>
#include <station/net/asio.hpp>
#include <station/net/sockets.hpp>
#include <station/wire/line_buffer.hpp>
#include <station/wire/reply.hpp>

using namespace station;
using net::tcp;

// Blocks until the client has left.
void serve(net::Socket socket, std::size_t max_line) {
    wire::LineBuffer lines{max_line};
    std::error_code error;
    while (true) {
        lines.commit(socket.read_some(net::buffer(lines.prepare()), error));
        if (error) return;

        wire::Line run = lines.next_run();
        for (; run.status == wire::LineStatus::complete && !error; run = lines.next_run()) {
            asio::write(socket, asio::buffer(run.text), error);
        }
        if (error) return;
        if (run.status == wire::LineStatus::too_long) {
            asio::write(socket, asio::buffer(wire::error_line_too_long().text + '\n'), error);
            return net::close_gently(socket);
        }
    }
}

int main(int argc, char** argv) {
    auto options = app::parse(argc, argv, {.name = "step01_blocking_echo", .port = 7001});

    asio::io_context io;
    net::Acceptor acceptor{io};
    if (const auto error = net::listen(acceptor, options.endpoint)) {
        app::report_listen_error(options.name, options.endpoint, error);
        return app::kUsageError;
    }
    // A thread that sleeps in accept() or read() sees no flag: the only way out is to end the process.
    std::signal(SIGINT, [](int) { std::_Exit(EXIT_SUCCESS); });
    std::signal(SIGTERM, [](int) { std::_Exit(EXIT_SUCCESS); });
    app::announce(options.name, options.endpoint);

    while (true) {
        std::error_code error;
        net::Socket socket = acceptor.accept(error);
        if (!error) serve(std::move(socket), options.max_line);
    }
}
