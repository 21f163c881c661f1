// Whether the other end of a connection is still there. TCP itself takes two hours to ask a silent peer, and a quarter
// of an hour to give up on one that does not acknowledge; a server with subscriptions wants to know within a minute.
//
// Any thread. Linux.
#pragma once

namespace station::net {

// Lets the kernel ask a peer that is silent for 20 seconds, and reset the connection where it has not answered for 25
// more. (tcp(7): TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT.)
void keep_alive(int socket);

// The kernel asks nobody from whom it waits for an acknowledgement. True where that has not come for 40 seconds. A peer
// that is there and does not read acknowledges, and is not gone: TCP_USER_TIMEOUT would end it as well.
bool is_peer_gone(int socket);
// It is a system call: a session that ticks asks at each eighth.
inline constexpr unsigned kTicksPerPeerCheck = 8;

}  // namespace station::net
