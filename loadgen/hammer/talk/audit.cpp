#include <loadgen/hammer/talk/audit.hpp>

#include <algorithm>
#include <loadgen/hammer/talk/web_client.hpp>
#include <loadgen/hammer/text.hpp>
#include <nlohmann/json.hpp>

namespace station::hammer::talk {
namespace {

using Page = nlohmann::json;

// For each room somebody who is in it.
std::vector<const Account*> a_member_each(const Stage& stage) {
    std::vector<const Account*> members(stage.cast.rooms.size());
    for (const Account& account : stage.cast.accounts) {
        for (const std::uint32_t room : account.rooms) members[room] = &account;
    }
    return members;
}

class Reader {
  public:
    Reader(const Stage& stage, Result& result)
        : stage_(stage),
          result_(result),
          client_(stage.server, stage.addresses, std::chrono::ceil<std::chrono::milliseconds>(stage.plan.patience)) {}

    // Backwards, up to the run's beginning.
    void read(std::uint32_t room, const Account& reader, std::vector<Said> wanted) {
        std::vector<Said> held;
        std::string before;
        bool more = true;
        while (more) {
            const auto page = client_.ask("GET",
                                          "/chat/api/rooms/" + stage_.cast.rooms[room] + "/messages?limit=100" +
                                              (before.empty() ? "" : "&before=" + before),
                                          reader.cookie);
            const auto list = page && page->status == 200 ? Page::parse(page->body, nullptr, false) : Page{};
            if (!list.is_array()) {
                result_.failure = "a room can't be read: " + (page ? shown(page->body) : page.error());
                return;
            }
            more = take(list, before, held);
        }
        compare_to(std::move(held), std::move(wanted));
    }

  private:
    // Whether there may be more of the run's messages before this page.
    bool take(const Page& list, std::string& before, std::vector<Said>& held) {
        bool is_before_run = list.empty();
        std::uint64_t last = 0;
        for (const auto& message : list) {
            const auto sequence = message.value("sequence", std::uint64_t{0});
            if (sequence <= last) ++result_.seen.out_of_order;
            last = sequence;
            const std::uint32_t number = stage_.script.number_of(message.value("client_message_id", std::string{}));
            is_before_run = is_before_run || number == kStranger;
            if (number != kStranger) held.push_back({sequence, number});
        }
        if (!list.empty()) before = list.front().value("id", std::string{});
        return !is_before_run;
    }

    void compare_to(std::vector<Said> held, std::vector<Said> wanted) {
        std::ranges::sort(held);
        const auto twice = std::ranges::unique(held);
        result_.stored_twice += twice.size();
        held.erase(twice.begin(), twice.end());
        std::ranges::sort(wanted);
        std::vector<Said> missing;
        std::ranges::set_difference(wanted, held, std::back_inserter(missing));
        result_.not_stored += missing.size();
        if (!missing.empty()) {
            result_.seen.note("message " + std::to_string(missing.front().sequence) +
                              " was acknowledged, and its room does not hold it");
        }
    }

    const Stage& stage_;
    Result& result_;
    WebClient client_;
};

}  // namespace

std::vector<std::vector<Said>> compare(const Stage& stage, const std::vector<std::unique_ptr<Crew>>& crews,
                                       Result& result) {
    std::vector<std::vector<Said>> rooms(stage.cast.rooms.size());
    for (const Acknowledged& one : result.seen.acknowledged) rooms[one.room].push_back(one.said);
    // What one member has seen, all must see, whether or not its author has heard of it.
    for (const auto& crew : crews) {
        for (const Member& member : crew->members()) {
            for (const Seat& seat : member.seats()) {
                const auto seen = seat.log.seen();
                rooms[seat.room].insert(rooms[seat.room].end(), seen.begin(), seen.end());
            }
        }
    }
    for (auto& room : rooms) room = all_of(std::move(room), result.conflicts);
    for (const auto& crew : crews) {
        for (const Member& member : crew->members()) {
            for (const Seat& seat : member.seats()) {
                const auto& all = rooms[seat.room];
                result.lost += seat.log.missing(all);
                if (const Said* const first = seat.log.first_missing(all)) {
                    result.seen.note("user" + std::to_string(member.number() + 1) + " never saw message " +
                                     std::to_string(first->sequence));
                }
            }
        }
    }
    return rooms;
}

void read_back(const Stage& stage, const std::vector<std::vector<Said>>& rooms, Result& result) {
    Reader reader{stage, result};
    const auto members = a_member_each(stage);
    for (std::size_t room = 0; room < rooms.size(); ++room) {
        if (rooms[room].empty() || !result.failure.empty()) continue;
        reader.read(static_cast<std::uint32_t>(room), *members[room], rooms[room]);
    }
}

void wait_for_tables(const Stage& stage) {
    WebClient client{stage.server, stage.addresses, std::chrono::ceil<std::chrono::milliseconds>(stage.plan.patience)};
    for (const Account& account : stage.cast.accounts) {
        const std::string target = "/chat/api/rooms/" + stage.cast.rooms[account.rooms.front()] + "/messages?limit=1";
        (void)client.ask("GET", target, account.cookie);
        if (&account == &stage.cast.accounts[std::min<std::size_t>(stage.cast.accounts.size() - 1, 15)]) return;
    }
}

}  // namespace station::hammer::talk
