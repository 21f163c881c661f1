/* The yardstick of `station serve --engine`: what a program gets that uses NATS' own C client, and nothing else.
 *
 *   jetstream_plain URLS STREAM REPLICAS SECONDS BYTES IN_FLIGHT CONSUMERS
 *
 * Publishes for so long to a stream that it makes, with so many unacknowledged at a time, while so many consumers, each
 * with a connection of its own, read it live. Prints acknowledged events a second and delivered ones, until the last
 * consumer has them all. */
#include <nats/nats.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kMostConsumers = 1000 };

static atomic_ulong delivered;

static void fail(const char* what, natsStatus status) {
    fprintf(stderr, "jetstream_plain: %s: %s\n", what, natsStatus_GetText(status));
    exit(1);
}

static void check(const char* what, natsStatus status) {
    if (status != NATS_OK) fail(what, status);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pause_briefly(void) {
    const struct timespec time = {0, 1000000};
    nanosleep(&time, NULL);
}

static void take(natsConnection* connection, natsSubscription* subscription, natsMsg* message, void* unused) {
    (void)connection;
    (void)subscription;
    (void)unused;
    atomic_fetch_add_explicit(&delivered, 1, memory_order_relaxed);
    natsMsg_Destroy(message);
}

static void make_stream(jsCtx* js, const char* name, long replicas) {
    const char* subjects[1] = {name};
    jsStreamConfig config;
    jsErrCode code = 0;
    check("the stream's settings", jsStreamConfig_Init(&config));
    config.Name = name;
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    config.Replicas = replicas;
    check("the stream", js_AddStream(NULL, js, &config, NULL, &code));
}

static void consume(const char* urls, const char* stream) {
    natsConnection* connection = NULL;
    natsSubscription* subscription = NULL;
    jsCtx* js = NULL;
    jsSubOptions options;
    check("a consumer's connection", natsConnection_ConnectTo(&connection, urls));
    check("a consumer's JetStream", natsConnection_JetStream(&js, connection, NULL));
    check("a consumer's settings", jsSubOptions_Init(&options));
    options.Stream = stream;
    options.Ordered = true;
    check("a consumer", js_Subscribe(&subscription, js, stream, take, NULL, NULL, &options, NULL));
}

static unsigned long publish(jsCtx* js, const char* subject, double seconds, int bytes) {
    char* payload = calloc(1, (size_t)bytes);
    unsigned long sent = 0;
    const double until = now() + seconds;
    if (payload == NULL) fail("the payload", NATS_NO_MEMORY);
    while (sent % 64 != 0 || now() < until) {
        check("a publish", js_PublishAsync(js, subject, payload, bytes, NULL));
        ++sent;
    }
    check("the acknowledgements", js_PublishAsyncComplete(js, NULL));
    free(payload);
    return sent;
}

int main(int argc, char** argv) {
    natsConnection* connection = NULL;
    jsCtx* js = NULL;
    jsOptions options;
    if (argc != 8) {
        fprintf(stderr, "usage: jetstream_plain URLS STREAM REPLICAS SECONDS BYTES IN_FLIGHT CONSUMERS\n");
        return 2;
    }
    const char* stream = argv[2];
    const unsigned long consumers = strtoul(argv[7], NULL, 10);
    if (consumers > kMostConsumers) fail("consumers", NATS_INVALID_ARG);
    check("the connection", natsConnection_ConnectTo(&connection, argv[1]));
    check("the options", jsOptions_Init(&options));
    options.PublishAsync.MaxPending = strtol(argv[6], NULL, 10);
    options.PublishAsync.StallWait = 60000;
    check("JetStream", natsConnection_JetStream(&js, connection, &options));
    make_stream(js, stream, strtol(argv[3], NULL, 10));
    for (unsigned long i = 0; i < consumers; ++i) consume(argv[1], stream);
    const double began = now();
    const unsigned long sent = publish(js, stream, strtod(argv[4], NULL), (int)strtol(argv[5], NULL, 10));
    const double acknowledged = now() - began;
    while (atomic_load(&delivered) < sent * consumers && now() < began + 120) pause_briefly();
    printf("{\"acknowledged_per_second\":%.0f,\"delivered_per_second\":%.0f,\"missing\":%lu}\n",
           (double)sent / acknowledged, (double)atomic_load(&delivered) / (now() - began),
           sent * consumers - atomic_load(&delivered));
    return 0;
}
