// Calls bots by their webhooks: where a message mentions one, or stands in a room with it alone. Once at most, for
// what this process has appended, never for what a bot has said. What a bot answers in time as text becomes its
// message.
//
// libcurl does it, on a thread of its own: http and https, certificates checked, no redirects, no proxy whatever the
// environment says, and the address that is connected to is the one that was looked at.
//
// appended() by any thread, and short; start() and stop() by one.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <station/log/config.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "chat/chat.hpp"
#include "web_calls.hpp"
#include "webhook_text.hpp"

namespace station::chat {

class Webhooks {
  public:
    struct Config {
        bool allow_private = false;  // this machine's addresses and private ones, too
        std::chrono::milliseconds patience{7000};
        std::function<void(log::Severity, std::string_view)> logger = {};
    };
    static constexpr std::size_t kMostWaiting = 256;  // more are not called
    static constexpr std::size_t kMostAtOnce = 16;

    // The chat must outlive it.
    Webhooks(Chat& chat, Config config);
    ~Webhooks();  // stop()

    // A thread that can't be had is thrown: std::system_error.
    void start();
    // What is under way is given up.
    void stop();
    void appended(const Messages::Posted& posted);

  private:
    struct Job {
        Caller bot;
        std::string url;
        ToldToBot told;
    };

    std::vector<Job> jobs_of(const Messages::Posted& posted) const;
    void run();
    void begin_waiting();
    void take_reply(const Job& job, const std::string& text);
    void say(log::Severity severity, const std::string& text) const;

    Chat& chat_;
    const Config config_;
    const std::unique_ptr<WebCalls> calls_;
    std::mutex mutex_;
    std::deque<Job> waiting_;
    std::map<std::uint64_t, Job> under_way_;  // by its call's number; its thread only
    std::uint64_t last_ = 0;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace station::chat
