#include <loadgen/hammer/talk/cast.hpp>

#include <algorithm>
#include <loadgen/hammer/talk/web_client.hpp>
#include <loadgen/hammer/text.hpp>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <station/base/numbers.hpp>
#include <station/flow/worker_pool.hpp>

namespace station::hammer::talk {
namespace {

// Enough that the chat always has a password to hash.
constexpr std::size_t kAtOnce = 3;
constexpr std::chrono::milliseconds kSayEvery{200};
// It is no part of what is measured, and on a busy machine slower than all of that.
constexpr std::chrono::milliseconds kSignInPatience{120'000};

std::string refusal(const std::string& what, const WebAnswer& answer) {
    return what + " was answered with " + std::to_string(answer.status) + ' ' + shown(answer.body);
}

class Doorkeeper {
  public:
    Doorkeeper(const Plan& plan, const net::Endpoint& server, std::span<const base::Address> addresses,
               const std::atomic<bool>& interrupted)
        : plan_(plan), server_(server), addresses_(addresses), interrupted_(interrupted) {
        cast_.accounts.resize(std::max(plan.members, plan.posters));
    }

    void work() {
        WebClient client{server_, addresses_, kSignInPatience};
        while (!interrupted_ && failed().empty()) {
            const std::size_t next = next_++;
            if (next >= cast_.accounts.size()) return;
            if (const std::string error = let_in(client, next); !error.empty()) fail(error);
            ++done_;
        }
    }
    std::size_t done() const { return done_; }
    std::string failed() {
        const std::lock_guard lock{mutex_};
        return failed_;
    }
    Cast take() { return std::move(cast_); }

  private:
    std::string let_in(WebClient& client, std::size_t which) {
        Account& account = cast_.accounts[which];
        account.login = "user" + std::to_string(which + 1);
        const nlohmann::json body = {{"login", account.login}, {"password", plan_.password}};
        const auto session = client.ask("POST", "/chat/api/session", {}, body.dump());
        if (!session) return account.login + " can't sign in: " + session.error();
        if (session->status != 201 || session->cookie.empty())
            return refusal("signing in as " + account.login, *session);
        account.cookie = session->cookie;
        const auto rooms = client.ask("GET", "/chat/api/rooms", account.cookie);
        if (!rooms) return account.login + " has no rooms: " + rooms.error();
        const auto list = nlohmann::json::parse(rooms->body, nullptr, false);
        if (rooms->status != 200 || !list.is_array()) return refusal("asking for rooms", *rooms);
        take_rooms(list, account);
        return account.rooms.empty() ? account.login + " is in no room" : "";
    }

    void take_rooms(const nlohmann::json& list, Account& account) {
        const auto is_closed = [](const nlohmann::json& room) { return room.value("type", "") == "closed"; };
        const bool any_closed = std::ranges::any_of(list, is_closed);
        const std::lock_guard lock{mutex_};
        for (const auto& room : list) {
            if (any_closed && !is_closed(room)) continue;
            const std::string id = room.value("id", "");
            const auto place = static_cast<std::uint32_t>(cast_.rooms.size());
            const auto [found, is_new] = places_.try_emplace(id, place);
            if (is_new) cast_.rooms.push_back(id);
            account.rooms.push_back(found->second);
        }
    }

    void fail(const std::string& error) {
        const std::lock_guard lock{mutex_};
        if (failed_.empty()) failed_ = error;
    }

    const Plan& plan_;
    const net::Endpoint& server_;
    std::span<const base::Address> addresses_;
    const std::atomic<bool>& interrupted_;
    std::atomic<std::size_t> next_{0};
    std::atomic<std::size_t> done_{0};
    std::mutex mutex_;
    std::string failed_;
    Cast cast_;
    std::map<std::string, std::uint32_t> places_;
};

}  // namespace

tl::expected<Cast, std::string> sign_in(const Plan& plan, const net::Endpoint& server,
                                        std::span<const base::Address> addresses, const std::atomic<bool>& interrupted,
                                        const Say& say) {
    Doorkeeper doorkeeper{plan, server, addresses, interrupted};
    const std::size_t people = std::max(plan.members, plan.posters);
    flow::WorkerPool pool{std::min(kAtOnce, people), [&] { doorkeeper.work(); }};
    while (!pool.wait_until(std::chrono::steady_clock::now() + kSayEvery)) {
        say("signed in " + base::with_commas(doorkeeper.done()) + " of " + base::with_commas(people));
    }
    pool.join();
    if (interrupted) return tl::unexpected(std::string{"interrupted while people signed in"});
    if (const std::string failed = doorkeeper.failed(); !failed.empty()) return tl::unexpected(failed);
    return doorkeeper.take();
}

}  // namespace station::hammer::talk
