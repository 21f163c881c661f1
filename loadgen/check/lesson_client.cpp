#include <loadgen/check/lesson_client.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <loadgen/check/lesson_load.hpp>
#include <memory>
#include <system_error>

namespace station::lesson {
namespace {

check::Descriptor connect_to(const net::Endpoint& endpoint) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found) != 0) {
        throw CannotMeasure{"not an address: " + net::to_string(endpoint)};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{found, &::freeaddrinfo};
    check::Descriptor socket{::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!socket || ::connect(socket.get(), found->ai_addr, found->ai_addrlen) != 0) {
        const std::error_code error{errno, std::generic_category()};
        throw CannotMeasure{"cannot connect to " + net::to_string(endpoint) + ": " + error.message()};
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

}  // namespace

LineClient::LineClient(const net::Endpoint& endpoint) : socket_(connect_to(endpoint)) {}

bool LineClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void LineClient::finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }

std::optional<std::string> LineClient::receive_line(Milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (true) {
        if (const auto end = received_.find('\n'); end != std::string::npos) {
            std::string line = received_.substr(0, end);
            received_.erase(0, end + 1);
            return line;
        }
        const auto left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now());
        pollfd ready{socket_.get(), POLLIN, 0};
        const int count = ::poll(&ready, 1, static_cast<int>(std::max<Milliseconds::rep>(left.count(), 0)));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return std::nullopt;
        std::array<char, 65536> bytes;
        const auto got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        received_.append(bytes.data(), static_cast<std::size_t>(got));
    }
}

std::optional<std::int64_t> LineClient::balance(std::string_view user, Milliseconds limit) {
    if (!send("{\"type\":\"balance\",\"user\":\"" + std::string{user} + "\"}\n")) return std::nullopt;
    const auto line = receive_line(limit);
    constexpr std::string_view kField = "\"balance\":";
    const auto at = line ? line->find(kField) : std::string::npos;
    if (at == std::string::npos) return std::nullopt;
    std::int64_t balance = 0;
    const auto [rest, error] =
        std::from_chars(line->data() + at + kField.size(), line->data() + line->size(), balance);
    if (error != std::errc{} || rest == line->data()) return std::nullopt;
    return balance;
}

}  // namespace station::lesson
