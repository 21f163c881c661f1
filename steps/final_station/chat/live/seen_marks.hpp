// How far members have said to have seen rooms, and that is not stored yet: kept in memory at once, stored at most
// every ten seconds a member as one event, since nobody would miss more than a mark.
//
// Not thread-safe: the hub's lock holds it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "chat/model/events.hpp"

namespace station::chat {

class SeenMarks {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds kEvery{10};

    // Whether that is further than what was said before.
    bool note(const Id& user, const Id& room, std::uint64_t sequence) {
        std::uint64_t& mark = members_[user].marks[room].sequence;
        return std::exchange(mark, std::max(mark, sequence)) < sequence;
    }
    std::uint64_t seen(const Id& user, const Id& room) const {
        const auto member = members_.find(user);
        if (member == members_.end()) return 0;
        const auto mark = member->second.marks.find(room);
        return mark != member->second.marks.end() ? mark->second.sequence : 0;
    }

    struct Due {
        Id user;
        std::vector<RoomSeen> rooms;
    };
    // What is to be stored now: of members whose time has come, or of all. Each mark is given out once.
    std::vector<Due> due(Clock::time_point now, bool all = false) {
        std::vector<Due> list;
        for (auto& [user, member] : members_) {
            if (!all && now < member.next) continue;
            Due its{user, {}};
            for (auto& [room, mark] : member.marks) {
                if (std::exchange(mark.given_out, mark.sequence) < mark.sequence) {
                    its.rooms.push_back({room, mark.sequence});
                }
            }
            if (its.rooms.empty()) continue;
            member.next = now + kEvery;
            list.push_back(std::move(its));
        }
        return list;
    }
    // They are in the ledger, or could not be written: then they are due again.
    void stored(const Due& its, bool done) {
        const auto member = members_.find(its.user);
        if (member == members_.end()) return;
        for (const RoomSeen& one : its.rooms) {
            const auto mark = member->second.marks.find(one.room);
            if (mark == member->second.marks.end()) continue;
            if (!done) {
                mark->second.given_out = 0;
            } else if (mark->second.sequence <= one.sequence) {
                member->second.marks.erase(mark);
            }
        }
    }
    // Members without a mark whose time is over are forgotten.
    void forget_idle(Clock::time_point now) {
        std::erase_if(members_,
                      [&](const auto& entry) { return entry.second.marks.empty() && now >= entry.second.next; });
    }

  private:
    struct Mark {
        std::uint64_t sequence = 0;
        std::uint64_t given_out = 0;
    };
    struct Member {
        std::map<Id, Mark> marks;  // by room
        Clock::time_point next{};
    };
    std::unordered_map<Id, Member, IdHash> members_;
};

}  // namespace station::chat
