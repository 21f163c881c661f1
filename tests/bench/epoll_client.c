// The plainest client that C and epoll allow, one thread: the yardstick for the load generator. It keeps DEPTH lines
// of SIZE bytes (the '\n' among them) in flight on each of CONNECTIONS connections, counts the bytes that come back,
// and looks at none of them.
//
//     epoll_client PORT SIZE CONNECTIONS DEPTH SECONDS        prints rate=… p50_us=… p99_us=…
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kEvents = 256, kBytes = 1 << 18, kLatencies = 1 << 22 };

struct connection {
    int socket;
    size_t partial;         // bytes of a reply that is not whole yet
    size_t sent, answered;  // lines
    double* sent_at;        // of the last `depth` lines
};

static size_t size, connections, depth;
static char *lines, buffer[kBytes];
static float* latencies;
static size_t latency_count, replies;

static void die(const char* what) {
    perror(what);
    exit(2);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void send_lines(struct connection* to, size_t count, double time) {
    for (size_t i = 0; i < count; ++i) to->sent_at[to->sent++ % depth] = time;
    if (send(to->socket, lines, count * size, MSG_NOSIGNAL) != (ssize_t)(count * size)) die("send");
}

static void open_connection(struct connection* connection, unsigned short port, int poller, size_t number) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection->socket, (struct sockaddr*)&address, sizeof address) != 0) die("connect");
    const int on = 1;
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(connection->socket, F_SETFL, O_NONBLOCK);
    connection->sent_at = calloc(depth, sizeof *connection->sent_at);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = number};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, connection->socket, &event) != 0) die("epoll_ctl");
}

// As many lines go out as came back.
static double receive(struct connection* from, double last) {
    const ssize_t bytes = recv(from->socket, buffer, sizeof buffer, 0);
    if (bytes < 0 && errno == EAGAIN) return last;
    if (bytes <= 0) die("recv");
    from->partial += (size_t)bytes;
    const size_t whole = from->partial / size;
    from->partial %= size;
    if (whole == 0) return last;
    const double time = now();
    for (size_t i = 0; i < whole; ++i) {
        const double sent_at = from->sent_at[from->answered++ % depth];
        if (latency_count < kLatencies) latencies[latency_count++] = (float)((time - sent_at) * 1e6);
    }
    replies += whole;
    send_lines(from, whole, time);
    return time;
}

static int by_size(const void* left, const void* right) {
    const float a = *(const float*)left, b = *(const float*)right;
    return (a > b) - (a < b);
}

int main(int argc, char** argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: epoll_client PORT SIZE CONNECTIONS DEPTH SECONDS\n");
        return 2;
    }
    size = strtoul(argv[2], NULL, 10);
    connections = strtoul(argv[3], NULL, 10);
    depth = strtoul(argv[4], NULL, 10);
    const double seconds = atof(argv[5]);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }

    lines = malloc(size * depth);
    memset(lines, 'x', size * depth);
    for (size_t i = 1; i <= depth; ++i) lines[i * size - 1] = '\n';
    latencies = malloc(kLatencies * sizeof *latencies);
    struct connection* all = calloc(connections, sizeof *all);
    const int poller = epoll_create1(0);
    for (size_t i = 0; i < connections; ++i) open_connection(&all[i], (unsigned short)atoi(argv[1]), poller, i);

    const double start = now();
    double time = start;
    for (size_t i = 0; i < connections; ++i) send_lines(&all[i], depth, now());
    while (time - start < seconds) {
        struct epoll_event ready[kEvents];
        const int count = epoll_wait(poller, ready, kEvents, 1000);
        for (int i = 0; i < count; ++i) time = receive(&all[ready[i].data.u64], time);
    }
    qsort(latencies, latency_count, sizeof *latencies, by_size);
    printf("rate=%.0f p50_us=%.1f p99_us=%.1f max_us=%.1f\n", (double)replies / (time - start),
           latencies[latency_count / 2], latencies[latency_count * 99 / 100], latencies[latency_count - 1]);
    return 0;
}
