// Who is typing where. It ends by itself, is told again while it goes on, and is never stored. Who begins and ends all
// the time is told to the others a few times only: it costs one little, and them much.
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
    static constexpr unsigned kMostTold = 10;  // beginnings in the time that one lasts

    // Whether the others are to be told.
    bool start(const Id& room, const Id& user, Clock::time_point now) {
        State& its = typing_.try_emplace({room, user}, State{now}).first->second;
        if (now - its.since >= kLasts) {
            its.since = now;
            its.told = 0;
        }
        its.until = now + kLasts;
        if (its.on && now - its.told_at < kToldAgain) return false;
        if (its.told == kMostTold) return false;
        its.on = true;
        its.told_at = now;
        ++its.told;
        return true;
    }
    bool stop(const Id& room, const Id& user) {
        const auto found = typing_.find({room, user});
        return found != typing_.end() && std::exchange(found->second.on, false);
    }
    // Those who have gone silent.
    std::vector<One> ended(Clock::time_point now) {
        std::vector<One> all;
        std::erase_if(typing_, [&](const auto& entry) {
            if (now < entry.second.until) return false;
            if (entry.second.on) all.push_back(entry.first);
            return true;
        });
        return all;
    }

  private:
    struct State {
        Clock::time_point since;  // the beginnings are counted
        Clock::time_point until = {};
        Clock::time_point told_at = {};
        unsigned told = 0;
        bool on = false;
    };
    std::map<One, State> typing_;
};

}  // namespace station::chat
