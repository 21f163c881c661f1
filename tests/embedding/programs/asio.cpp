// Asio, compiled once and with the definitions that the other components were compiled with.
#include <station/net/asio.hpp>

int main() {
    asio::io_context io{station::net::kOneThread};
    int ran = 0;
    asio::post(io, [&ran] { ++ran; });
    io.run();
    return ran == 1 ? 0 : 1;
}
