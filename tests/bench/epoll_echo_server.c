// The plainest echo server that C and epoll allow, one thread: the yardstick for step 2. It knows no lines, it sends
// back what it reads. Prints "epoll_echo_server listening on 127.0.0.1:PORT" and runs until it is killed.
//
//     epoll_echo_server [PORT]        0, the default, picks a free one
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kEvents = 256, kBytes = 1 << 18 };

static char buffer[kBytes];

static void die(const char* what) {
    perror(what);
    exit(2);
}

static int listen_on(unsigned short port) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr*)&address, size) != 0 || listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr*)&address, &size) != 0) {
        die("listen");
    }
    printf("epoll_echo_server listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void accept_all(int poller, int listener) {
    for (;;) {
        const int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (client < 0) return;
        const int on = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = client};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, client, &event) != 0) close(client);
    }
}

// A client that reads nothing stops the whole server here: good enough for a yardstick, and for nothing else.
static int write_all(int client, size_t bytes) {
    for (size_t done = 0; done < bytes;) {
        const ssize_t sent = send(client, buffer + done, bytes - done, MSG_NOSIGNAL);
        if (sent >= 0) {
            done += (size_t)sent;
        } else if (errno == EAGAIN) {
            struct pollfd writable = {.fd = client, .events = POLLOUT};
            poll(&writable, 1, -1);
        } else {
            return -1;
        }
    }
    return 0;
}

static void echo(int client) {
    const ssize_t bytes = read(client, buffer, sizeof buffer);
    if (bytes < 0 && errno == EAGAIN) return;
    if (bytes <= 0 || write_all(client, (size_t)bytes) != 0) close(client);
}

int main(int argc, char** argv) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    const int listener = listen_on(argc > 1 ? (unsigned short)atoi(argv[1]) : 0);
    const int poller = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0) die("epoll");
    for (;;) {
        struct epoll_event ready[kEvents];
        const int count = epoll_wait(poller, ready, kEvents, -1);
        for (int i = 0; i < count; ++i) {
            if (ready[i].data.fd == listener) {
                accept_all(poller, listener);
            } else {
                echo(ready[i].data.fd);
            }
        }
    }
}
