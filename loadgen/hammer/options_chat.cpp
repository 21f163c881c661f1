#include <loadgen/hammer/options_chat.hpp>

#include <array>
#include <cmath>
#include <loadgen/hammer/payloads.hpp>

namespace station::hammer {
namespace {

constexpr std::array kChatOnly{"--start",   "--data",    "--rooms",  "--room-size",  "--history", "--members",
                               "--posters", "--readers", "--typing", "--reconnects", "--password"};

}  // namespace

void add_chat_options(const app::Command& cli, talk::Plan& plan) {
    constexpr std::size_t kMostPeople = 1'000'000;
    constexpr std::size_t kMostMessages = 100'000'000;

    cli.add_option("--members", plan.members, "chat: members with a WebSocket, user1 to userN of `station chat seed`")
        .range(std::size_t{0}, kMostPeople);
    cli.add_option("--posters", plan.posters,
                   "chat: not 0: so many members say everything, by POST, one request in flight\n"
                   "each, and those with a WebSocket only listen")
        .range(std::size_t{0}, std::size_t{1000});
    cli.add_option("--readers", plan.readers, "chat: share of the members that never say anything").range(0.0, 1.0);
    cli.add_option("--typing", plan.typing, "chat: typing_start a second, by all members together").range(0.0, 1e6);
    cli.add_option("--reconnects", plan.reconnects,
                   "chat: members a second that are cut off at a random moment, and come back with\n"
                   "the last message that they saw")
        .range(0.0, 1e6);
    cli.add_option("--start", plan.start, "chat: instead of --target: the program `station`, started for the run");
    cli.add_option("--data", plan.data,
                   "chat: its folder; seeded where it holds no chat yet. Without it a new one, thrown\n"
                   "away afterwards");
    cli.add_option("--rooms", plan.rooms, "chat: closed rooms to seed").range(std::size_t{1}, kMostPeople);
    cli.add_option("--room-size", plan.room_size, "chat: members of each").range(std::size_t{1}, kMostPeople);
    cli.add_option("--history", plan.history, "chat: messages to seed").range(std::size_t{0}, kMostMessages);
    cli.add_option("--password", plan.password, "chat: everybody's");
}

std::string refuse_chat_options(const app::Command& cli) {
    for (const char* const option : kChatOnly) {
        if (cli.given(option)) return std::string{option} + ": only --mix chat has it";
    }
    return {};
}

std::string check_chat(const talk::Plan& plan) {
    if (plan.target.has_value() == !plan.start.empty()) return "--mix chat: either --target or --start is needed";
    if (!plan.data.empty() && plan.start.empty()) return "--data: only a chat that is started has it";
    if (plan.members + plan.posters == 0) return "--members: somebody must be there";
    if (std::isnan(plan.readers + plan.typing + plan.reconnects)) return "--mix chat: expected numbers";
    if (plan.posters == 0 && static_cast<double>(plan.members) * (1 - plan.readers) < 1) {
        return "--readers: somebody must say something";
    }
    constexpr std::size_t kMostCharacters = 10'000;  // of a message
    if (plan.payload < kStampBytes || plan.payload > kMostCharacters) {
        return "--payload: a chat's message has 16 (its stamp) to 10,000 characters here";
    }
    return {};
}

}  // namespace station::hammer
