#include <station/metrics/process_numbers.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>

namespace station::metrics {
namespace {

std::uint64_t resident_bytes() {
    std::FILE* const file = std::fopen("/proc/self/statm", "re");
    if (file == nullptr) return 0;
    unsigned long long pages = 0;
    const int read = std::fscanf(file, "%*u %llu", &pages);
    std::fclose(file);
    return read == 1 ? pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

// Linux 6.2 and later say the number as the folder's size; before that it has to be counted, which at ten thousand
// takes a while.
std::uint64_t open_fds() {
    struct stat folder {};
    if (::stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) return static_cast<std::uint64_t>(folder.st_size);
    std::error_code error;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator at{"/proc/self/fd", error}, end; !error && at != end;
         at.increment(error)) {
        ++count;
    }
    return count;
}

}  // namespace

ProcessNumbers process_numbers() {
    ProcessNumbers numbers;
    numbers.cpu_seconds = static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
    numbers.resident_bytes = resident_bytes();
    numbers.open_fds = open_fds();
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) numbers.max_fds = limit.rlim_cur;
    return numbers;
}

}  // namespace station::metrics
