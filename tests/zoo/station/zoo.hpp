// Which bug this program has: the name it was started by says so. build/zoo/lost-wake-up is a link to build/zoo/step05,
// which by its own name has none.
#pragma once

#include <cerrno>
#include <string_view>

namespace station::zoo {

inline bool has(std::string_view bug) {
    static const std::string_view name{program_invocation_short_name};
    return name == bug;
}

}  // namespace station::zoo
