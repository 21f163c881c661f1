#include <loadgen/hammer/talk/served.hpp>

#include <stdlib.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <station/base/numbers.hpp>
#include <system_error>
#include <utility>

namespace station::hammer::talk {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kSeedingPatience = 30min;
constexpr std::chrono::milliseconds kServePatience = 60s;
constexpr std::chrono::milliseconds kEndPatience = 60s;
constexpr std::chrono::milliseconds kLookAgain = 200ms;

tl::expected<std::filesystem::path, std::string> new_folder() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "loadgen-chat-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr) {
        return tl::unexpected("no folder for the chat: " +
                              (error ? error : std::error_code{errno, std::generic_category()}).message());
    }
    return std::filesystem::path{name};
}

std::string seed(const Plan& plan, const std::string& folder, const Say& say) {
    const std::size_t people = std::max({plan.members, plan.posters, std::size_t{1}});
    auto process =
        target::Process::start({plan.start, "chat", "seed", "--dir", folder, "--users", std::to_string(people),
                                "--rooms", std::to_string(plan.rooms), "--members", std::to_string(plan.room_size),
                                "--messages", std::to_string(plan.history), "--password", plan.password});
    if (!process) return process.error();
    const auto until = std::chrono::steady_clock::now() + kSeedingPatience;
    std::optional<int> status;
    while (!(status = process->wait(kLookAgain)) && std::chrono::steady_clock::now() < until) {
        say("making " + base::with_commas(people) + " accounts and " + base::with_commas(plan.history) + " messages");
    }
    if (status == 0) return {};
    return "station chat seed " + (status ? target::how_it_ended(*status) : std::string{"does not end"}) + ": " +
           process->last_words();
}

}  // namespace

tl::expected<Served, std::string> Served::begin(const Plan& plan, const Say& say) {
    Served served;
    if (plan.target) {
        served.endpoint_ = *plan.target;
        return served;
    }
    std::string folder = plan.data;
    if (folder.empty()) {
        auto made = new_folder();
        if (!made) return tl::unexpected(made.error());
        served.folder_ = *made;
        folder = made->string();
    }
    std::error_code error;
    if (!std::filesystem::exists(std::filesystem::path{folder} / "chat", error)) {
        if (std::string wrong = seed(plan, folder, say); !wrong.empty()) return tl::unexpected(std::move(wrong));
    }
    say("starting the chat");
    auto process = target::Process::start({plan.start, "serve", "--chat", "--data", folder, "--port", "0",
                                           "--chat-rate", "none", "--log-level", "error"});
    if (!process) return tl::unexpected(process.error());
    const auto line = process->first_line(kServePatience);
    if (!line) return tl::unexpected(line.error());
    const auto endpoint = target::parse_announcement(*line);
    if (!endpoint) return tl::unexpected("the station announced itself with \"" + *line + '"');
    served.endpoint_ = *endpoint;
    served.process_ = std::move(*process);
    return served;
}

std::string Served::end() {
    if (!process_) return {};
    process_->signal(SIGTERM);
    const auto status = process_->wait(kEndPatience);
    const std::string words = process_->last_words();
    process_.reset();
    if (status == 0) return {};
    return "the station " + (status ? target::how_it_ended(*status) : std::string{"did not end when it was told to"}) +
           (words.empty() ? "" : ": " + words);
}

Served::~Served() {
    process_.reset();
    std::error_code error;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
}

}  // namespace station::hammer::talk
