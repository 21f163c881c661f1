// Which of the contract's replies a line is.
#pragma once

#include <cstdint>
#include <loadgen/hammer/result.hpp>
#include <string_view>

namespace station::hammer {

enum class ReplyKind { accepted, ok, server_busy, shutting_down, error, other };

// `line` comes without its '\n'. To the letter: a blank or another order of keys makes it `other`.
ReplyKind classify(std::string_view line);

std::uint64_t& counter(Replies& replies, ReplyKind kind);

}  // namespace station::hammer
