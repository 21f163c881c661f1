// Exercise 1: this server answers the first line of every client, and hangs up. Serve the whole conversation.
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
    // ---- your part: serve the client until it has left ----
    lines.commit(socket.read_some(net::buffer(lines.prepare()), error));
    if (error) return;

    const wire::Line line = lines.next();
    if (line.status != wire::LineStatus::complete) return;
    asio::write(socket, asio::buffer(std::string{line.text} + '\n'), error);
    // ---- end of your part ----
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
