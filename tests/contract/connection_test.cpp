#include "catch.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <array>
#include <loadgen/target/connection.hpp>
#include <thread>
#include <vector>

namespace {

using namespace station::target;
using namespace std::chrono_literals;
using Got = Connection::Got;

// Listens on a free port; takes one client.
class Listener {
  public:
    Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(socket_.get(), 1) == 0);
        REQUIRE(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        endpoint.port = ntohs(address.sin_port);
    }

    station::base::Descriptor accept() const {
        return station::base::Descriptor{::accept(socket_.get(), nullptr, nullptr)};
    }
    Connection connect() const {
        auto connection = Connection::open(endpoint, 10s);
        REQUIRE(connection);
        return std::move(*connection);
    }

    station::net::Endpoint endpoint;

  private:
    station::base::Descriptor socket_;
};

void write(const station::base::Descriptor& socket, std::string_view text) {
    REQUIRE(::send(socket.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
}

TEST_CASE("pieces that are waited for arrive as so many reads") {
    const Listener listener;
    std::vector<std::string> reads;
    std::thread server([&] {
        const station::base::Descriptor client = listener.accept();
        std::array<char, 4096> bytes;
        for (ssize_t count = 1; count > 0;) {
            count = ::recv(client.get(), bytes.data(), bytes.size(), 0);
            if (count > 0) reads.emplace_back(bytes.data(), static_cast<std::size_t>(count));
        }
    });
    auto connection = listener.connect();
    constexpr int kPieces = 300;
    for (int i = 0; i < kPieces; ++i) {
        connection.wait_until_read();
        connection.send("piece " + std::to_string(i), 10s);
    }
    connection.half_close();
    server.join();
    REQUIRE(reads.size() == kPieces);
    CHECK(reads[7] == "piece 7");
}

TEST_CASE("a server that does not read is not waited for long") {
    const Listener listener;
    auto connection = listener.connect();
    connection.send("never read", 10s);
    connection.wait_until_read();
    CHECK(connection.sent_everything());
}

TEST_CASE("a line, silence, the end and a reset are told apart") {
    const Listener listener;
    auto connection = listener.connect();
    station::base::Descriptor server = listener.accept();
    write(server, "one\ntwo\nthr");
    CHECK(connection.read_line(10s).line == "one");
    CHECK(connection.read_line(10s).line == "two");
    auto reply = connection.read_line(1ms);
    CHECK(reply.got == Got::silence);
    CHECK(reply.line == "thr");
    write(server, "ee\nunfinished");
    CHECK(connection.read_line(10s).line == "three");

    SECTION("the end") {
        server.reset();
        reply = connection.read_line(10s);
        CHECK(reply.got == Got::end);
        CHECK(reply.line == "unfinished");
    }
    SECTION("a reset: closed with input unread") {
        connection.send("unread", 10s);
        connection.wait_until_read();
        server.reset();
        CHECK(connection.read_line(10s).got == Got::reset);
    }
}

TEST_CASE("a port that nobody listens on is an error, and no exception") {
    station::net::Endpoint endpoint;
    {
        const Listener gone;
        endpoint = gone.endpoint;
    }
    const auto connection = Connection::open(endpoint, 10s);
    REQUIRE_FALSE(connection);
    CHECK(connection.error() == "cannot connect: Connection refused");
}

// An echo server that blocks while it writes, as step 1.
void echo(const station::base::Descriptor& client) {
    std::vector<char> bytes(65536);
    while (true) {
        const auto count = ::recv(client.get(), bytes.data(), bytes.size(), 0);
        if (count <= 0) return;
        write(client, {bytes.data(), static_cast<std::size_t>(count)});
    }
}

TEST_CASE("replies are taken while sending, so that neither side waits for the other for ever") {
    const Listener listener;
    std::thread server{[&] { echo(listener.accept()); }};
    auto connection = listener.connect();
    const std::string line(99, 'x');
    constexpr int kLines = 200'000;

    SECTION("kept") {
        std::string all;
        for (int i = 0; i < kLines; ++i) all += line + "\n";
        connection.send(all, 10s);
        int lines = 0;
        while (lines < kLines && connection.read_line(10s).line == line) ++lines;
        CHECK(lines == kLines);
    }
    SECTION("discarded") {
        connection.discard_replies();
        for (int i = 0; i < kLines; ++i) connection.send(line + "\n", 10s);
        CHECK(connection.wait_for_discarded(kLines, 10s) == kLines);
        connection.send("kept again\n", 10s);
        CHECK(connection.read_line(10s).line == "kept again");
    }
    connection.half_close();
    CHECK(connection.read_line(10s).got == Got::end);
    server.join();
}

}  // namespace
