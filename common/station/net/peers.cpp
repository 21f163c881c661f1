#include <station/net/peers.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace station::net {
namespace {

constexpr int kIdle = 20;     // seconds
constexpr int kInterval = 5;  // seconds
constexpr int kQuestions = 5;
constexpr unsigned kNoAcknowledgement = 40'000;  // ms
constexpr int kNoAnswers = 6;                    // to questions whether there is room again

void set(int socket, int level, int option, int value) { ::setsockopt(socket, level, option, &value, sizeof value); }

}  // namespace

void keep_alive(int socket) {
    set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(socket, IPPROTO_TCP, TCP_KEEPIDLE, kIdle);
    set(socket, IPPROTO_TCP, TCP_KEEPINTVL, kInterval);
    set(socket, IPPROTO_TCP, TCP_KEEPCNT, kQuestions);
}

bool is_peer_gone(int socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
    return (info.tcpi_unacked > 0 && info.tcpi_last_ack_recv > kNoAcknowledgement) || info.tcpi_probes >= kNoAnswers;
}

}  // namespace station::net
