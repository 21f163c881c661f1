// Loaded in front of the C library (LD_PRELOAD): lets the n-th call of a kind on the station's files fail.
//
//   LAB_FAULT=fdatasync:3:5     the third fdatasync fails with error 5 (EIO), and is not executed
//   LAB_FAULT=pwrite:7:short    the seventh pwrite writes half of what it should, and says so
//   LAB_FAULT=fdatasync:3:lie   the third fdatasync is not executed and returns 0
//   LAB_FAULT=fdatasync:50:slow each fiftieth fdatasync takes LAB_SLOW_MS milliseconds (2,000)
//   LAB_FAULT_LOG=FILE          one line for the call that was struck, one for each later sync of a file whose sync
//   failed
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace {

struct Fault {
    std::string call;
    long nth = 0;
    std::string way;

    Fault() {
        const char* const text = std::getenv("LAB_FAULT");  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
        if (text == nullptr) return;
        const std::string all = text;
        const auto first = all.find(':');
        const auto second = all.find(':', first + 1);
        call = all.substr(0, first);
        nth = std::strtol(all.c_str() + first + 1, nullptr, 10);
        way = all.substr(second + 1);
    }
};

const Fault& fault() {
    static const Fault one;
    return one;
}

std::atomic<long> calls{0};

template <typename Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

void note(const char* what, const std::string& path) {
    const char* const log = std::getenv("LAB_FAULT_LOG");  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
    if (log == nullptr) return;
    const std::string line = std::string{what} + " " + path + "\n";
    const int fd = real<int(const char*, int, ...)>("open")(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0) return;
    [[maybe_unused]] const auto written = ::write(fd, line.data(), line.size());
    ::close(fd);
}

std::string path_of(int fd) {
    char path[4096];
    const auto size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
    return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : std::string{};
}

bool is_the_stations(const std::string& path) {
    return path.find("/topics") != std::string::npos || path.find("bus.meta") != std::string::npos;
}

// Whether this call is the one. Of the others nothing is known but their number.
bool strikes(const char* call, const std::string& path) {
    if (fault().call != call || !is_the_stations(path) || ++calls != fault().nth) return false;
    note("struck", path);
    return true;
}

int fail() {
    errno = static_cast<int>(std::strtol(fault().way.c_str(), nullptr, 10));
    return -1;
}

int sync(const char* call, int fd) {
    const std::string path = path_of(fd);
    if (fault().way == "slow") {
        if (fault().call == call && is_the_stations(path) && ++calls % fault().nth == 0) {
            const char* const time = std::getenv("LAB_SLOW_MS");  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
            std::this_thread::sleep_for(std::chrono::milliseconds{time == nullptr ? 2000 : std::atoi(time)});
        }
        return real<int(int)>(call)(fd);
    }
    static std::string failed;
    if (!failed.empty() && path == failed) note("again", path);
    if (strikes(call, path)) {
        if (fault().way == "lie") return 0;
        failed = path;
        return fail();
    }
    return real<int(int)>(call)(fd);
}

ssize_t write_at(const char* call, int fd, const void* bytes, std::size_t size, off_t offset) {
    if (strikes("pwrite", path_of(fd))) {
        if (fault().way != "short") return fail();
        size = size / 2 + 1;
    }
    return real<ssize_t(int, const void*, std::size_t, off_t)>(call)(fd, bytes, size, offset);
}

}  // namespace

extern "C" {

int fdatasync(int fd) { return sync("fdatasync", fd); }
int fsync(int fd) { return sync("fsync", fd); }

ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset) {
    return write_at("pwrite", fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off_t offset) {
    return write_at("pwrite64", fd, bytes, size, offset);
}

int rename(const char* from, const char* to) noexcept {
    if (strikes("rename", to)) return fail();
    return real<int(const char*, const char*)>("rename")(from, to);
}

int ftruncate(int fd, off_t size) noexcept {
    if (strikes("ftruncate", path_of(fd))) return fail();
    return real<int(int, off_t)>("ftruncate")(fd, size);
}

int open(const char* path, int flags, ...) {
    std::va_list more;
    va_start(more, flags);
    const auto mode = va_arg(more, mode_t);
    va_end(more);
    if (strikes("open", path)) return fail();
    return real<int(const char*, int, ...)>("open")(path, flags, mode);
}

}  // extern "C"
