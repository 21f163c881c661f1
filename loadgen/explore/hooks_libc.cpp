// Memory, time, and what of the kernel a thread can wait for, under the C library's own names. Memory that comes back
// from malloc() has no past; a copy is read and written; who would wait for the kernel lets the others run.
#include <fcntl.h>
#include <linux/futex.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <ctime>
#include <loadgen/explore/libc.hpp>
#include <loadgen/explore/schedule.hpp>
#include <loadgen/explore/shadow.hpp>
#include <loadgen/explore/sync.hpp>
#include <loadgen/explore/trace.hpp>
#include <loadgen/explore/virtual_time.hpp>

#define CALLER __builtin_return_address(0)

namespace station::explore {
namespace {

void* is_new(void* memory) {
    if (memory == nullptr || !watched()) return memory;
    const Inside guard;
    settle_write(self().id);
    forget(memory, ::malloc_usable_size(memory));
    return memory;
}

void give_back(void* memory, void* pc) {
    if (memory == nullptr || !watched()) return;
    const Inside guard;
    const std::size_t size = ::malloc_usable_size(memory);
    const auto event = note({Act::give_back, "gives @ back", "memory", memory, 0, 0, 0}, pc);
    touch_freed(memory, size, event);
}

void access_memory(const void* address, std::size_t size, bool write, void* pc) {
    if (size == 0 || !watched()) return;
    const Inside guard;
    count_plain_access();
    const auto event = note({write ? Act::write : Act::read, write ? "writes @" : "reads @", "memory", address,
                             static_cast<std::uint32_t>(size), 0, 0},
                            pc);
    touch(address, size, write ? Access::write : Access::read, event);
}

// memcpy() and its like are called long before main(), and the originals are found with functions that call them.
struct Copying {
    void* (*copy)(void*, const void*, std::size_t);
    void* (*move)(void*, const void*, std::size_t);
    void* (*set)(void*, int, std::size_t);
    int (*compare)(const void*, const void*, std::size_t);
};
Copying copying;

[[gnu::constructor(101)]] void find_copying() {
    copying.set = libc::next<void*(void*, int, std::size_t)>("memset");
    copying.copy = libc::next<void*(void*, const void*, std::size_t)>("memcpy");
    copying.compare = libc::next<int(const void*, const void*, std::size_t)>("memcmp");
    copying.move = libc::next<void*(void*, const void*, std::size_t)>("memmove");
}

int wait_or_wake(void* address, long operation, long value, const timespec* time, void* pc) {
    const long what = operation & FUTEX_CMD_MASK;
    if (what == FUTEX_WAKE || what == FUTEX_WAKE_BITSET) {
        return wake_futex(address, value > INT_MAX ? INT_MAX : static_cast<int>(value), pc);
    }
    point();
    if (*static_cast<volatile int*>(address) != static_cast<int>(value)) {
        errno = EAGAIN;
        return -1;
    }
    std::int64_t deadline = -1;
    if (time != nullptr && what == FUTEX_WAIT) deadline = deadline_in(nanoseconds(*time));
    if (time != nullptr && what == FUTEX_WAIT_BITSET) {
        deadline = deadline_at((operation & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, time);
    }
    const int error = wait_on_futex(address, deadline, pc);
    if (error == 0) return 0;
    errno = error;
    return -1;
}

// Waits in virtual time, and lets others run, until the kernel has something; as poll(2).
int wait_for_kernel(pollfd* wanted, nfds_t count, std::int64_t deadline) {
    point();
    while (true) {
        const auto found = static_cast<int>(libc::system_call(SYS_poll, wanted, count, 0));
        if (found != 0 || deadline == 0) return found;
        block(Wait::file, nullptr, deadline);
        if (self().timed_out) return 0;
    }
}

bool would_block(int descriptor) {
    const int flags = ::fcntl(descriptor, F_GETFL);
    return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

template <typename Read>
ssize_t read_from(int descriptor, Read read) {
    if (!watched()) return read();
    const Inside guard;
    if (would_block(descriptor)) {
        pollfd wanted{descriptor, POLLIN, 0};
        wait_for_kernel(&wanted, 1, -1);
    }
    const ssize_t count = read();
    acquire_descriptor(descriptor);
    return count;
}

template <typename Write>
ssize_t write_to(int descriptor, Write write) {
    if (!watched()) return write();
    const Inside guard;
    point();
    release_descriptor(descriptor);
    const ssize_t count = write();
    wake(Wait::file, nullptr);
    progress();
    return count;
}

int sleep_until(std::int64_t deadline, void* pc) {
    note({Act::operation, "sleeps for a time", "", nullptr, 0, 0, 0}, pc);
    block(Wait::time, nullptr, deadline);
    return 0;
}

}  // namespace
}  // namespace station::explore

using namespace station::explore;

extern "C" {

void* malloc(std::size_t size) { return is_new(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) { return is_new(__libc_calloc(count, size)); }
void* memalign(std::size_t alignment, std::size_t size) { return is_new(__libc_memalign(alignment, size)); }
void* aligned_alloc(std::size_t alignment, std::size_t size) { return is_new(__libc_memalign(alignment, size)); }
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
    *memory = is_new(__libc_memalign(alignment, size));
    return *memory == nullptr ? ENOMEM : 0;
}
void* realloc(void* memory, std::size_t size) {
    give_back(memory, CALLER);
    return is_new(__libc_realloc(memory, size));
}
void free(void* memory) {
    give_back(memory, CALLER);
    __libc_free(memory);
}

void* memcpy(void* to, const void* from, std::size_t size) {
    access_memory(from, size, false, CALLER);
    access_memory(to, size, true, CALLER);
    if (copying.copy != nullptr) return copying.copy(to, from, size);
    for (std::size_t i = 0; i < size; ++i) static_cast<volatile char*>(to)[i] = static_cast<const char*>(from)[i];
    return to;
}
void* memmove(void* to, const void* from, std::size_t size) {
    access_memory(from, size, false, CALLER);
    access_memory(to, size, true, CALLER);
    if (copying.move != nullptr) return copying.move(to, from, size);
    auto* const target = static_cast<volatile char*>(to);
    const auto* const source = static_cast<const volatile char*>(from);
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t at = target < source ? i : size - 1 - i;
        target[at] = source[at];
    }
    return to;
}
void* memset(void* to, int byte, std::size_t size) {
    access_memory(to, size, true, CALLER);
    if (copying.set != nullptr) return copying.set(to, byte, size);
    for (std::size_t i = 0; i < size; ++i) static_cast<volatile char*>(to)[i] = static_cast<char>(byte);
    return to;
}
int memcmp(const void* one, const void* other, std::size_t size) {
    access_memory(one, size, false, CALLER);
    access_memory(other, size, false, CALLER);
    if (copying.compare != nullptr) return copying.compare(one, other, size);
    const auto* const a = static_cast<const volatile unsigned char*>(one);
    const auto* const b = static_cast<const volatile unsigned char*>(other);
    for (std::size_t i = 0; i < size; ++i) {
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

void* mmap(void* hint, std::size_t size, int protection, int flags, int descriptor, off_t offset) {
    const long at = libc::system_call(SYS_mmap, hint, size, protection, flags, descriptor, offset);
    void* const memory = reinterpret_cast<void*>(at);
    if (memory == MAP_FAILED || !watched()) return memory;
    const Inside guard;
    settle_write(self().id);
    forget(memory, size);
    return memory;
}
int munmap(void* memory, std::size_t size) {
    if (watched()) {
        const Inside guard;
        settle_write(self().id);
    }
    return static_cast<int>(libc::system_call(SYS_munmap, memory, size));
}

int sched_yield() {
    if (!watched()) return static_cast<int>(libc::system_call(SYS_sched_yield));
    const Inside guard;
    note({Act::operation, "yields", "", nullptr, 0, 0, 0}, CALLER);
    give_way();
    point();
    return 0;
}

int clock_gettime(clockid_t clock, timespec* time) {
    const bool virtual_clock = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC ||
                               clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_MONOTONIC_RAW ||
                               clock == CLOCK_BOOTTIME;
    if (!watched() || !virtual_clock) return static_cast<int>(libc::system_call(SYS_clock_gettime, clock, time));
    const Inside guard;
    const bool of_day = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    const std::int64_t at = look_at_clock() + (of_day ? kDayOffset : 0);
    time->tv_sec = at / 1'000'000'000;
    time->tv_nsec = at % 1'000'000'000;
    return 0;
}
int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
    if (!watched()) return static_cast<int>(-libc::system_call(SYS_clock_nanosleep, clock, flags, time, left));
    const Inside guard;
    const bool absolute = (flags & TIMER_ABSTIME) != 0;
    return sleep_until(absolute ? deadline_at(clock, time) : deadline_in(nanoseconds(*time)), CALLER);
}
int nanosleep(const timespec* time, timespec* left) {
    if (!watched()) return static_cast<int>(libc::system_call(SYS_nanosleep, time, left));
    const Inside guard;
    return sleep_until(deadline_in(nanoseconds(*time)), CALLER);
}
int usleep(useconds_t microseconds) {
    const timespec time{microseconds / 1'000'000, static_cast<long>(microseconds % 1'000'000) * 1'000};
    return nanosleep(&time, nullptr);
}
unsigned sleep(unsigned seconds) {
    const timespec time{seconds, 0};
    return static_cast<unsigned>(nanosleep(&time, nullptr));
}

int poll(pollfd* wanted, nfds_t count, int milliseconds) {
    if (!watched()) return static_cast<int>(libc::system_call(SYS_poll, wanted, count, milliseconds));
    const Inside guard;
    std::int64_t deadline = 0;
    if (milliseconds != 0) deadline = milliseconds < 0 ? -1 : deadline_in(milliseconds * 1'000'000LL);
    const int found = wait_for_kernel(wanted, count, deadline);
    for (nfds_t i = 0; i < count; ++i) {
        if (found > 0 && wanted[i].revents != 0) acquire_descriptor(wanted[i].fd);
    }
    return found;
}
ssize_t read(int descriptor, void* to, std::size_t size) {
    return read_from(descriptor, [&] { return libc::system_call(SYS_read, descriptor, to, size); });
}
ssize_t pread(int descriptor, void* to, std::size_t size, off_t offset) {
    return read_from(descriptor, [&] { return libc::system_call(SYS_pread64, descriptor, to, size, offset); });
}
ssize_t write(int descriptor, const void* from, std::size_t size) {
    return write_to(descriptor, [&] { return libc::system_call(SYS_write, descriptor, from, size); });
}
ssize_t pwrite(int descriptor, const void* from, std::size_t size, off_t offset) {
    return write_to(descriptor, [&] { return libc::system_call(SYS_pwrite64, descriptor, from, size, offset); });
}

long syscall(long number, ...) noexcept {
    va_list list;
    va_start(list, number);
    long arguments[6];
    for (long& one : arguments) one = va_arg(list, long);
    va_end(list);
    if (number == SYS_futex && watched()) {
        const Inside guard;
        return wait_or_wake(reinterpret_cast<void*>(arguments[0]), arguments[1], arguments[2],
                            reinterpret_cast<const timespec*>(arguments[3]), CALLER);
    }
    return libc::system_call(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                             arguments[5]);
}

}  // extern "C"
