// Who is typing where. It ends by itself, is told again while it goes on, and is never stored.
//
// Not thread-safe: the hub's lock holds it.
#pragma once

#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "chat/model/id.hpp"

namespace station::chat {

class Typists {
  public:
    using Clock = std::chrono::steady_clock;
    using One = std::pair<Id, Id>;  // room, user
    static constexpr std::chrono::seconds kLasts{5};
    static constexpr std::chrono::seconds kToldAgain{1};

    // Whether the others are to be told.
    bool start(const Id& room, const Id& user, Clock::time_point now) {
        State& its = typing_.try_emplace({room, user}, State{now, now - kToldAgain}).first->second;
        its.until = now + kLasts;
        if (now - its.told < kToldAgain) return false;
        its.told = now;
        return true;
    }
    bool stop(const Id& room, const Id& user) { return typing_.erase({room, user}) > 0; }
    // Those who have gone silent.
    std::vector<One> ended(Clock::time_point now) {
        std::vector<One> all;
        std::erase_if(typing_, [&](const auto& entry) {
            if (now < entry.second.until) return false;
            all.push_back(entry.first);
            return true;
        });
        return all;
    }

  private:
    struct State {
        Clock::time_point until;
        Clock::time_point told;
    };
    std::map<One, State> typing_;
};

}  // namespace station::chat
