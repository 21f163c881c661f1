// The version of this program, from the build.
#pragma once

#include <string_view>

namespace station::final_station {

std::string_view version();

}  // namespace station::final_station
