#include <array>
#include <memory>

#include "chat/model/text.hpp"
#include "chat_commands.hpp"
#include "commands/subcommands.hpp"

namespace station::final_station {
namespace {

template <typename More>
struct WithMore : ChatOptions {
    More more = {};
};

app::Command add_chat_command(const app::Command& group, const char* name, const char* about, ChatOptions& options) {
    const app::Command command = group.add_subcommand(name, about);
    command.add_option("--dir", options.dir, "The station's folder; the chat lies in its chat/").show_default();
    command.add_flag("--json", options.json, "One line of JSON");
    return command;
}

Subcommand rebuild_command(const app::Command& group) {
    const auto options = std::make_shared<ChatOptions>();
    const app::Command command =
        add_chat_command(group, "rebuild", "Make the tables again from the ledger, and say how far it is", *options);
    return {command, [options] { return rebuild_chat(*options); }};
}

Subcommand admin_command(const app::Command& group) {
    struct More {
        std::string login;
        std::string url = "http://127.0.0.1:9000";
    };
    const auto options = std::make_shared<WithMore<More>>();
    const app::Command command =
        add_chat_command(group, "admin", "A sign-in link for an administrator, for once and four hours", *options);
    command.add_option("LOGIN", options->more.login, "Who has forgotten the password").required();
    command.add_option("--chat-url", options->more.url, "Where the chat is served").show_default();
    return {command, [options] { return let_admin_in(*options, options->more.login, options->more.url); }};
}

Subcommand seed_command(const app::Command& group) {
    constexpr std::uint64_t kMost = 100'000'000;
    const auto options = std::make_shared<WithMore<ChatSeed>>();
    ChatSeed& seed = options->more;
    const app::Command command =
        add_chat_command(group, "seed", "Accounts, rooms and messages, to try a chat with", *options);
    const auto number = [&](const char* name, std::uint64_t& value, const char* about, std::uint64_t least,
                            std::uint64_t most) {
        command.add_option(name, value, about).show_default().range(least, most);
    };
    number("--users", seed.users, "People: user1 is an administrator", 1, kMost);
    number("--rooms", seed.rooms, "Closed rooms, beside the open one", 0, kMost);
    number("--members", seed.members, "In each closed room, at most", 1, kMost);
    number("--messages", seed.messages, "In all rooms together", 0, kMost);
    number("--characters", seed.characters, "In each message", 1, chat::kMostOfMessage);
    command.add_option("--password", seed.password, "Everybody's").show_default().check([](const std::string& text) {
        return chat::is_text(text, chat::kMostOfPassword) ? "" : "a password has 1 to 256 characters";
    });
    return {command, [options] { return seed_chat(*options, options->more); }};
}

}  // namespace

Subcommand chat_command(const app::Command& cli) {
    const app::Command group = cli.add_subcommand("chat", "On a chat's folder: rebuild, seed, admin");
    group.require_subcommand();
    const std::array all{rebuild_command(group), seed_command(group), admin_command(group)};
    return {group, [all] {
                for (const Subcommand& one : all) {
                    if (one.command.parsed()) return one.run();
                }
                return 2;
            }};
}

}  // namespace station::final_station
