#include "open_chat.hpp"

#include <cstdio>
#include <station/log/config.hpp>

#include "commands/progress.hpp"

namespace station::final_station {

std::optional<std::string> no_chat_in(const ChatOptions& options) {
    std::error_code error;
    if (std::filesystem::is_directory(chat_folder(options), error)) return std::nullopt;
    return chat_folder(options).string() + ": there is no chat";
}

tl::expected<std::unique_ptr<chat::Chat>, std::string> open_chat(const ChatOptions& options) {
    chat::Chat::Config config;
    config.dir = chat_folder(options);
    config.rate = std::nullopt;
    config.logger = [](log::Severity severity, std::string_view text) {
        if (severity == log::Severity::info) return;
        std::fprintf(stderr, "station: %.*s\n", static_cast<int>(text.size()), text.data());
    };
    config.progress = [](std::uint64_t done, std::uint64_t of) {
        std::fprintf(stderr, "station: tables: %llu of %llu events\n", static_cast<unsigned long long>(done),
                     static_cast<unsigned long long>(of));
    };
    auto chat = chat::Chat::open(std::move(config));
    if (!chat) return tl::unexpected(chat.error().message());
    return std::move(*chat);
}

}  // namespace station::final_station
