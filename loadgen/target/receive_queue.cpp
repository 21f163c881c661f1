#include <loadgen/target/receive_queue.hpp>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <array>
#include <cstring>

namespace station::target {
namespace {

struct Request {
    nlmsghdr header;
    inet_diag_req_v2 query;
};

Request ask_for(std::uint16_t server_port, std::uint16_t client_port) {
    Request request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.query.sdiag_family = AF_INET;
    request.query.sdiag_protocol = IPPROTO_TCP;
    request.query.idiag_states = ~0U;
    request.query.id.idiag_sport = htons(server_port);
    request.query.id.idiag_dport = htons(client_port);
    request.query.id.idiag_src[0] = htonl(INADDR_LOOPBACK);
    request.query.id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
    request.query.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
    request.query.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    return request;
}

}  // namespace

base::Descriptor open_diagnosis() {
    return base::Descriptor{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
}

std::optional<std::uint32_t> unread_bytes(const base::Descriptor& diagnosis, std::uint16_t server_port,
                                          std::uint16_t client_port) {
    const Request request = ask_for(server_port, client_port);
    if (::send(diagnosis.get(), &request, sizeof request, 0) != sizeof request) return std::nullopt;

    std::array<char, 8192> answer{};
    const auto size = ::recv(diagnosis.get(), answer.data(), answer.size(), 0);
    nlmsghdr header{};
    inet_diag_msg socket{};
    if (size < static_cast<ssize_t>(sizeof header + sizeof socket)) return std::nullopt;
    std::memcpy(&header, answer.data(), sizeof header);
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;
    std::memcpy(&socket, answer.data() + NLMSG_HDRLEN, sizeof socket);
    return socket.idiag_rqueue;
}

}  // namespace station::target
