// A limit on the size of files that is set while the log is open. What docs/embedding.md says of it: with SIGXFSZ
// ignored it is a full disk, and the topic goes on when there is room again.
#include <sys/resource.h>

#include <csignal>
#include <iostream>
#include <station/log/bus.hpp>

namespace {

bool limit_files(rlim_t bytes) {
    const rlimit limit{bytes, RLIM_INFINITY};
    return ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

}  // namespace

int main(int, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN);
    auto bus = station::log::Bus::open({.dir = argv[1]});
    if (!bus) return 1;
    auto topic = bus->topic("limited");
    if (!topic || !topic->publish("first")) return 1;

    if (!limit_files(16)) return 1;
    const auto refused = topic->publish("second");
    if (refused || refused.error() != station::log::Errc::disk_full) {
        std::cerr << (refused ? "it was stored" : refused.error().message()) << '\n';
        return 1;
    }
    if (!limit_files(RLIM_INFINITY)) return 1;
    const auto receipt = topic->publish("third");
    return receipt && receipt->offset == 1 ? 0 : 1;
}
