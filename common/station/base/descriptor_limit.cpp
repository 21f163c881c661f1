#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <station/base/descriptor_limit.hpp>

namespace station::base {

std::size_t raise_descriptor_limit(std::size_t wanted) noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    const rlimit before = limit;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit = before;
    if (wanted > limit.rlim_max) {
        const rlimit more{wanted, wanted};
        if (::setrlimit(RLIMIT_NOFILE, &more) == 0) limit = more;
    }
    return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<std::size_t>::max()));
}

}  // namespace station::base
