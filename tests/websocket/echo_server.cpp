// Sends every message back: the smallest server on net::HttpParser and net::WebSocket. The conformance suite runs
// against it where the whole station is too much, which is under the sanitizers.
#include <array>
#include <station/app/command_line.hpp>
#include <station/app/run.hpp>
#include <station/base/standard_streams.hpp>
#include <station/flow/shutdown_signal.hpp>
#include <station/net/asio.hpp>
#include <station/net/http.hpp>
#include <station/net/sockets.hpp>
#include <station/net/websocket.hpp>
#include <station/net/websocket_extensions.hpp>
#include <string>

using namespace station;
using net::WebSocket;

namespace {

constexpr std::string_view kProtocol = "station.batch.v1";

class Echo final : public WebSocket::Handler {
  public:
    Echo(const net::WebSocketLimits& limits, const std::optional<net::DeflateParameters>& deflate)
        : socket(WebSocket::Role::server, limits, deflate) {}

    void on_text(std::string_view text) override { send_back(net::Opcode::text, text); }
    void on_binary(std::span<const std::byte> bytes) override {
        send_back(net::Opcode::binary, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }

    WebSocket socket;
    std::string out;

  private:
    void send_back(net::Opcode opcode, std::string_view payload) {
        socket.take_output(out);
        if (socket.compresses(payload.size())) return socket.put_compressed(out, opcode, payload);
        WebSocket::put_header(out, opcode, payload.size());
        out += payload;
    }
};

std::string refusal(int status, std::string_view headers = {}) {
    return net::http_response(status, "text/plain", net::http_status_text(status), headers);
}

struct Options {
    net::WebSocketLimits limits;
    bool compress = false;
    bool no_contexts = false;
};

struct Agreed {
    bool upgraded = false;
    std::optional<net::DeflateParameters> deflate;
};

// RFC 6455, 4.2.
std::string answer(const net::HttpParser& parser, const Options& options, Agreed& agreed) {
    if (parser.status() == net::HttpParser::Status::failed) return refusal(parser.error_status());
    const net::HttpRequest& request = parser.request();
    if (request.method != "GET") return refusal(405, "Allow: GET\r\n");
    if (request.http_1_0 || !request.has_token("upgrade", "websocket") || !request.has_token("connection", "upgrade")) {
        return refusal(400);
    }
    const std::string* const version = request.header("sec-websocket-version");
    if (version == nullptr || *version != "13" || request.count("sec-websocket-version") != 1) {
        return refusal(426, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    }
    if (request.count("sec-websocket-key") != 1) return refusal(400);
    const auto accept = WebSocket::accept_key(*request.header("sec-websocket-key"));
    if (!accept) return refusal(400);
    net::DeflateAnswer extension;
    if (options.compress) {
        const net::DeflateParameters wanted{.server_no_context_takeover = options.no_contexts,
                                            .client_no_context_takeover = options.no_contexts};
        extension = net::negotiate_deflate(net::extension_offers(request), wanted);
        if (extension.status == net::DeflateAnswer::Status::malformed) return refusal(400);
    }
    agreed.upgraded = true;
    std::string headers = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + *accept + "\r\n";
    if (extension.status == net::DeflateAnswer::Status::agreed) {
        agreed.deflate = extension.parameters;
        headers += "Sec-WebSocket-Extensions: " + extension.header + "\r\n";
    }
    if (request.has_exact_token("sec-websocket-protocol", kProtocol)) {
        headers += "Sec-WebSocket-Protocol: " + std::string{kProtocol} + "\r\n";
    }
    return net::http_head(101, "", std::nullopt, headers);
}

net::Awaitable<void> echo(net::Socket& socket, Echo& session, std::string_view first) {
    std::array<char, 65536> room;
    session.socket.feed(first, session);
    while (true) {
        session.socket.take_output(session.out);
        if (co_await net::async_send(socket, session.out)) co_return;
        session.out = std::string{};
        if (session.socket.finished()) co_return;
        const auto [error, bytes] = co_await socket.async_read_some(asio::buffer(room), net::use_tuple);
        if (error) co_return;
        session.socket.feed({room.data(), bytes}, session);
    }
}

net::Awaitable<void> serve(net::Socket socket, const Options& options) {
    net::HttpParser parser;
    std::array<char, 4096> room;
    std::string_view left;
    using Status = net::HttpParser::Status;
    while (parser.status() != Status::complete && parser.status() != Status::failed) {
        if (left.empty()) {
            const auto [error, bytes] = co_await socket.async_read_some(asio::buffer(room), net::use_tuple);
            if (error) co_return;
            left = {room.data(), bytes};
        }
        left.remove_prefix(parser.feed(left));
    }
    Agreed agreed;
    const std::string response = answer(parser, options, agreed);
    if (co_await net::async_send(socket, response)) co_return;
    if (agreed.upgraded) {
        Echo session{options.limits, agreed.deflate};
        co_await echo(socket, session, left);
    }
    co_await net::async_close_gently(socket);
}

net::Awaitable<void> accept(net::Acceptor& acceptor, const Options& options) {
    while (true) {
        auto [error, socket] = co_await acceptor.async_accept(net::use_tuple);
        if (error) {
            co_await net::async_pause(acceptor);
            continue;
        }
        socket.set_option(net::tcp::no_delay(true), error);
        socket.non_blocking(true, error);
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), options), asio::detached);
    }
}

}  // namespace

int main(int argc, char** argv) {
    station::base::open_standard_streams();
    net::Endpoint endpoint;
    Options options;
    app::CommandLine command{"Echoes WebSocket messages"};
    command.add_option("--port", endpoint.port, "Port to listen on; 0 picks one");
    command.add_option("--max-message", options.limits.max_message, "Largest message, in bytes");
    command.add_flag("--compress", options.compress, "permessage-deflate for clients that offer it");
    command.add_flag("--no-contexts", options.no_contexts, "With --compress: nobody takes its context over");
    command.parse_or_exit(argc, argv);

    asio::io_context io{net::kOneThread};
    net::Acceptor acceptor{io};
    if (const auto error = net::listen(acceptor, endpoint)) {
        app::report_listen_error("websocket_echo", endpoint, error);
        return app::kUsageError;
    }
    const flow::ShutdownSignal signal{[&] { io.stop(); }};
    asio::co_spawn(io, accept(acceptor, options), asio::detached);
    app::announce("websocket_echo", endpoint);
    io.run();
}
