// Names of topics that are meant together: "sensor.*", where each * is any run of characters, an empty one too.
// Nothing else is special, so that a name without a * is a pattern that only it fits. Found piece by piece from the
// front, which is enough where * is all there is: what a match takes grows with name and piece, never with how many *
// there are. Any thread.
#pragma once

#include <string_view>

namespace station::log {

inline bool has_wildcard(std::string_view text) { return text.find('*') != std::string_view::npos; }

// 1 to 128 of A-Z a-z 0-9 . _ - *, not starting with a dot: as a topic's name, with * among them.
bool is_topic_pattern(std::string_view text);

bool matches(std::string_view pattern, std::string_view name);

}  // namespace station::log
