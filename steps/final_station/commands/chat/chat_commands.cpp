#include "chat_commands.hpp"

#include <cstdio>
#include <filesystem>
#include <future>

#include "chat/chat.hpp"
#include "commands/output.hpp"
#include "commands/progress.hpp"
#include "open_chat.hpp"

namespace station::final_station {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles[] = {"chat.db", "chat.db-wal", "chat.db-shm"};

}  // namespace

int rebuild_chat(const ChatOptions& options) {
    if (const auto missing = no_chat_in(options)) return fail(*missing);
    for (const char* const file : kFiles) {
        std::error_code error;
        fs::remove(chat_folder(options) / file, error);
        if (error) return fail((chat_folder(options) / file).string() + ": " + error.message());
    }
    auto opened = open_chat(options);
    if (!opened) return fail(opened.error());
    chat::Chat& chat = **opened;
    std::promise<bool> done;
    chat.start();
    chat.when_current([&](bool reached) { done.set_value(reached); });
    const bool reached = done.get_future().get();
    const std::uint64_t events = chat.projection().position();
    if (const auto closed = chat.stop(); !closed) return fail(closed.error().message());
    if (!reached) return fail("the tables could not be written");
    std::printf(options.json ? "{\"events\":%llu}\n" : "%llu events\n", static_cast<unsigned long long>(events));
    return flush_output() ? 0 : kFailure;
}

int let_admin_in(const ChatOptions& options, const std::string& login, const std::string& url) {
    if (const auto missing = no_chat_in(options)) return fail(*missing);
    auto opened = open_chat(options);
    if (!opened) return fail(opened.error());
    std::promise<chat::Answer<std::string>> made;
    (*opened)->accounts().make_code_at_machine(login, [&](chat::Answer<std::string> answer) {
        made.set_value(std::move(answer));
    });
    const auto code = made.get_future().get();
    if (const auto closed = (*opened)->stop(); !closed) return fail(closed.error().message());
    if (!code) return fail(code.error().detail);
    if (options.json) {
        std::printf("{\"code\":\"%s\"}\n", code->c_str());
    } else {
        std::printf("%s/chat/#code=%s\n", url.c_str(), code->c_str());
    }
    return flush_output() ? 0 : kFailure;
}

}  // namespace station::final_station
