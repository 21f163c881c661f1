#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <station/log/detail/residency.hpp>
#include <station/log/error.hpp>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

namespace station::log {
namespace {

struct Pages {
    std::byte* first;
    std::size_t before;  // bytes of the first page that are not asked for
    std::size_t size;
};

std::size_t page_size() {
    static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

Pages pages_of(Bytes mapped) {
    const auto address = reinterpret_cast<std::uintptr_t>(mapped.data());
    const std::size_t before = address % page_size();
    return {const_cast<std::byte*>(mapped.data()) - before, before, before + mapped.size()};
}

}  // namespace

std::size_t resident_bytes(Bytes mapped) {
    const Pages pages = pages_of(mapped);
    std::array<unsigned char, 128> resident;
    std::size_t seen = 0;
    while (seen < pages.size) {
        const std::size_t length = std::min(pages.size - seen, resident.size() * page_size());
        if (::mincore(pages.first + seen, length, resident.data()) != 0) break;
        const std::size_t count = (length + page_size() - 1) / page_size();
        const auto* const end = resident.data() + count;
        const auto* const absent =
            std::find_if(resident.data(), resident.data() + count, [](unsigned char page) { return (page & 1) == 0; });
        seen += static_cast<std::size_t>(absent - resident.data()) * page_size();
        if (absent != end) break;
    }
    return seen <= pages.before ? 0 : std::min(mapped.size(), seen - pages.before);
}

std::error_code bring_into_memory(Bytes mapped) {
    const Pages pages = pages_of(mapped);
    int result = 0;
    do {
        result = ::madvise(pages.first, pages.size, MADV_POPULATE_READ);
    } while (result != 0 && (errno == EINTR || errno == EAGAIN));
    if (result == 0 || errno == EINVAL) return {};
    // What would have been a SIGBUS.
    return system_error(errno == EFAULT || errno == EHWPOISON ? EIO : errno);
}

}  // namespace station::log
