// People and bots as they are shown to everybody. Any thread.
#pragma once

#include <string>

#include "chat/model/state.hpp"

namespace station::chat {

std::string to_json(const User& user, bool is_online);

}  // namespace station::chat
