// Who is here: connections, counted for each member, so that closing one of two tabs keeps the member here. What has
// changed is told as a list, at most once a second; where that would be much to tell to many, less often.
//
// Not thread-safe: the hub's lock holds it.
#pragma once

#include <chrono>
#include <cstddef>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "chat/model/id.hpp"

namespace station::chat {

class Presence {
  public:
    using Clock = std::chrono::steady_clock;
    using List = std::vector<std::pair<Id, bool>>;  // and whether they are online

    void came(const Id& user) {
        if (++connections_[user] == 1) changed_.insert(user);
        ++all_;
    }
    // Whether it was the member's last connection.
    bool left(const Id& user) {
        --all_;
        const auto found = connections_.find(user);
        if (--found->second > 0) return false;
        connections_.erase(found);
        changed_.insert(user);
        return true;
    }

    bool online(const Id& user) const { return connections_.contains(user); }
    List all_online() const {
        List list;
        for (const auto& [user, count] : connections_) list.emplace_back(user, true);
        return list;
    }
    // What is to be told to everybody now; empty: nothing.
    List news(Clock::time_point now) {
        List list;
        if (changed_.empty() || now < next_) return list;
        for (const Id& user : changed_) list.emplace_back(user, online(user));
        changed_.clear();
        const auto pairs = static_cast<std::chrono::microseconds::rep>(list.size() * all_);
        next_ = now + std::max<std::chrono::microseconds>(kEvery, std::min(kAtLeastEvery, kOfPair * pairs));
        return list;
    }

  private:
    static constexpr std::chrono::seconds kEvery{1};
    // A line of a list to one connection takes about 60 bytes: a fifth of a thread's time may go into it.
    static constexpr std::chrono::microseconds kOfPair{1};
    static constexpr std::chrono::microseconds kAtLeastEvery{5'000'000};

    std::unordered_map<Id, std::size_t, IdHash> connections_;
    std::unordered_set<Id, IdHash> changed_;  // since it was told last
    std::size_t all_ = 0;                     // connections
    Clock::time_point next_{};
};

}  // namespace station::chat
