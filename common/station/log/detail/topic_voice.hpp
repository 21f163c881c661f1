// What a topic says in the log, and how it fails. Any thread.
#pragma once

#include <station/log/config.hpp>
#include <station/log/detail/topic_state.hpp>
#include <string>
#include <string_view>

namespace station::log {

class TopicVoice {
  public:
    // Both must outlive it.
    TopicVoice(TopicState& topic, const BusConfig& config) : topic_(topic), config_(config) {}

    // Where there is no memory for the words, they are left unsaid.
    void say(Severity severity, std::string_view text) const noexcept;
    // After a sync that failed: the topic takes nothing until a restart, and everybody who waits hears of it.
    void fail(std::error_code error, std::string_view what) const noexcept;
    // Makes durable what names the topic's folder holds; where that can never be told again, the topic has failed.
    std::error_code sync_folder(OpenFiles& files) const;
    // What becomes of publishes to a topic that has failed, or was deleted; empty: it is neither.
    std::error_code refusal() const;
    bool failed() const { return static_cast<bool>(refusal()); }

  private:
    TopicState& topic_;
    const BusConfig& config_;
};

}  // namespace station::log
