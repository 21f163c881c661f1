#include <station/net/sockets.hpp>

int main() {
    asio::io_context io;
    station::net::Acceptor acceptor{io};
    station::net::Endpoint endpoint;
    return !station::net::listen(acceptor, endpoint) && endpoint.port != 0 ? 0 : 1;
}
