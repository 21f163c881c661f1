// Who is here: connections, counted for each member, so that closing one of two tabs keeps the member here. What has
// changed is told as a list, at most once a second; where that would be much to tell to many, less often.
//
// Not thread-safe: the hub's lock holds it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

#include "chat/model/id.hpp"

namespace station::chat {

class Presence {
  public:
    using Clock = std::chrono::steady_clock;
    using List = std::vector<std::pair<Id, bool>>;  // and whether they are online

    void came(const Id& user) {
        ++people_[user].connections;
        ++all_;
        is_news_ = true;
    }
    void left(const Id& user) noexcept {
        --people_.find(user)->second.connections;
        --all_;
        is_news_ = true;
    }

    bool online(const Id& user) const {
        const auto found = people_.find(user);
        return found != people_.end() && found->second.connections > 0;
    }
    List all_online() const {
        List list;
        for (const auto& [user, its] : people_) {
            if (its.connections > 0) list.emplace_back(user, true);
        }
        return list;
    }
    // What is to be told to everybody now; empty: nothing. Who has gone and come back meanwhile was never away.
    List news(Clock::time_point now) {
        List list;
        if (!is_news_ || now < next_) return list;
        list.reserve(people_.size());
        for (auto one = people_.begin(); one != people_.end();) {
            auto& [user, its] = *one;
            const bool is_online = its.connections > 0;
            if (std::exchange(its.told, is_online) != is_online) list.emplace_back(user, is_online);
            one = is_online ? std::next(one) : people_.erase(one);
        }
        is_news_ = false;
        if (list.empty()) return list;
        const auto pairs = static_cast<std::chrono::microseconds::rep>(list.size() * all_);
        next_ = now + std::max<std::chrono::microseconds>(kEvery, std::min(kAtMostEvery, kOfPair * pairs));
        return list;
    }

  private:
    static constexpr std::chrono::seconds kEvery{1};
    static constexpr std::chrono::microseconds kAtMostEvery{5'000'000};  // however much it is
    static constexpr std::chrono::microseconds kOfPair{1};               // one line of about 60 bytes to one connection

    struct One {
        std::size_t connections = 0;
        bool told = false;  // to be online
    };
    std::unordered_map<Id, One, IdHash> people_;
    std::size_t all_ = 0;  // connections
    bool is_news_ = false;
    Clock::time_point next_{};
};

}  // namespace station::chat
