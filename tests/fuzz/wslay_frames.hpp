// wslay's reading of frames, as a second opinion (where it is installed).
#pragma once

#include <string_view>
#include <vector>

namespace station::fuzz {

// Requires that wslay and net::FrameReader find the same frames in these bytes, with the same payloads, and the same
// mistakes.
void compare_with_wslay(const std::vector<std::string_view>& pieces);

}  // namespace station::fuzz
