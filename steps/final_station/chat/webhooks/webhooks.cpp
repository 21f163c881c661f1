#include "webhooks.hpp"

#include <utility>

namespace station::chat {

Webhooks::Webhooks(Chat& chat, Config config)
    : chat_(chat),
      config_(std::move(config)),
      calls_(std::make_unique<WebCalls>(config_.allow_private, config_.patience)) {}

Webhooks::~Webhooks() { stop(); }

void Webhooks::start() {
    thread_ = std::thread{[this] { run(); }};
}

void Webhooks::stop() {
    stopping_.store(true);
    calls_->wake_up();
    if (thread_.joinable()) thread_.join();
}

// Who is called is decided by what the chat is when the message is acknowledged.
std::vector<Webhooks::Job> Webhooks::jobs_of(const Messages::Posted& posted) const {
    return chat_.book().look([&](const State& state) {
        std::vector<Job> jobs;
        const Room* const room = state.room(posted.said.room);
        const User* const by = state.user(posted.said.by);
        if (room == nullptr || by == nullptr || by->role == Role::bot) return jobs;
        const auto add = [&](const Id& id) {
            const User* const bot = state.user(id);
            if (bot == nullptr || bot->role != Role::bot || !bot->active || bot->webhook.empty()) return;
            jobs.push_back(
                {Caller{id, std::nullopt, bot->bot_key}, bot->webhook,
                 ToldToBot{by->id, by->name, room->id, room->name, posted.id, posted.said.content, bot->login}});
        };
        if (room->members.size() == 2) {
            for (const auto& [id, membership] : room->members) add(id);
        } else {
            for (const Id& id : posted.said.mentions) add(id);
        }
        return jobs;
    });
}

void Webhooks::appended(const Messages::Posted& posted) {
    if (posted.by.bot_key) return;
    std::vector<Job> jobs = jobs_of(posted);
    if (jobs.empty()) return;
    bool is_full = false;
    {
        const std::lock_guard lock{mutex_};
        for (Job& job : jobs) {
            is_full = waiting_.size() >= kMostWaiting;
            if (!is_full) waiting_.push_back(std::move(job));
        }
    }
    calls_->wake_up();
    if (is_full) say(log::Severity::warning, "too many webhooks wait, and one more is not called");
}

void Webhooks::run() {
    while (!stopping_.load()) {
        begin_waiting();
        for (const WebCalls::Ended& ended : calls_->go_on()) {
            const Job job = std::move(under_way_.at(ended.number));
            under_way_.erase(ended.number);
            const std::string name = "the webhook of @" + job.told.bot_login + ": ";
            if (!ended.problem.empty()) {
                say(log::Severity::warning, name + ended.problem);
            } else if (!ended.text.empty()) {
                take_reply(job, ended.text);
            }
        }
    }
}

void Webhooks::begin_waiting() {
    const std::lock_guard lock{mutex_};
    while (!waiting_.empty() && under_way_.size() < kMostAtOnce) {
        const std::uint64_t number = ++last_;
        const Job& job = under_way_.emplace(number, std::move(waiting_.front())).first->second;
        waiting_.pop_front();
        if (!calls_->begin(number, job.url, webhook_body(job.told))) under_way_.erase(number);
    }
}

void Webhooks::take_reply(const Job& job, const std::string& text) {
    chat_.messages().post(job.bot, job.told.room, text, random_id().to_text(),
                          [this, login = job.told.bot_login](const Answer<Messages::Posted>& answer) {
                              if (answer) return;
                              say(log::Severity::warning,
                                  "the answer of @" + login + " is no message: " + answer.error().detail);
                          });
}

void Webhooks::say(log::Severity severity, const std::string& text) const {
    if (config_.logger) config_.logger(severity, text);
}

}  // namespace station::chat
