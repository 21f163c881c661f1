// Loaded in front of the C library (LD_PRELOAD): the wall clock is ahead by what stands in the file MOVED_CLOCK, eight
// bytes, nanoseconds in the machine's order. Whoever writes to that file moves the clock of the process at once. The
// monotonic clock stays.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

const std::atomic<std::int64_t>* open_offset() {
    const char* const path = std::getenv("MOVED_CLOCK");  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
    if (path == nullptr) return nullptr;
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return nullptr;
    void* const memory = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    return memory == MAP_FAILED ? nullptr : static_cast<const std::atomic<std::int64_t>*>(memory);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t clock, timespec* time) noexcept {
    static const std::atomic<std::int64_t>* const offset = open_offset();
    const auto status = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
    if (status != 0 || clock != CLOCK_REALTIME || offset == nullptr) return status;
    const std::int64_t moved = time->tv_sec * kSecond + time->tv_nsec + offset->load(std::memory_order_relaxed);
    time->tv_sec = moved / kSecond;
    time->tv_nsec = moved % kSecond;
    return 0;
}
