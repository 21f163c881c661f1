// The words for an errno.
#pragma once

#include <string>
#include <system_error>

namespace station::target {

inline std::string reason(int error) { return std::error_code{error, std::generic_category()}.message(); }

}  // namespace station::target
