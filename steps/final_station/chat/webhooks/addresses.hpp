// Which addresses a webhook may lead to: those of the outside, so that nobody reaches what only this machine may reach
// by having it called from here. Any thread.
#pragma once

#include <sys/socket.h>

namespace station::chat {

// Of the outside as far as the address says it: no loopback, private, link-local, shared, documentation, multicast or
// reserved one (RFC 6890), nor any of these inside of an IPv6 address.
bool is_public(const sockaddr& address);
// One that an interface of this machine has, be it a public one.
bool is_of_this_machine(const sockaddr& address);

}  // namespace station::chat
