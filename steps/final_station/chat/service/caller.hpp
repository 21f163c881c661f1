// Who asks, as a door has found out. Whether that still holds is asked again where it counts, by the gates.
#pragma once

#include <optional>

#include "chat/model/state.hpp"

namespace station::chat {

struct Caller {
    Id user;
    std::optional<Digest> session = {};  // signed in
    std::optional<Digest> bot_key = {};  // or a bot

    // nullptr where this caller may do nothing any more.
    const User* in(const State& state, std::int64_t now) const {
        const User* const who = state.user(user);
        if (who == nullptr || !who->active) return nullptr;
        if (bot_key) return state.bot_with_key(*bot_key) == who ? who : nullptr;
        const chat::Session* const here = session ? state.session(*session) : nullptr;
        return here != nullptr && here->user == user && here->alive(now) ? who : nullptr;
    }
};

}  // namespace station::chat
