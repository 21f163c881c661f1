// A chat's folder, opened for one command.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "chat/chat.hpp"
#include "chat_commands.hpp"

namespace station::final_station {

inline std::filesystem::path chat_folder(const ChatOptions& options) {
    return std::filesystem::path{options.dir} / "chat";
}

// Why there is no chat to be opened; nullopt: there is one. A typing error must not make one.
std::optional<std::string> no_chat_in(const ChatOptions& options);

// With its own words where it can't be.
tl::expected<std::unique_ptr<chat::Chat>, std::string> open_chat(const ChatOptions& options);

}  // namespace station::final_station
