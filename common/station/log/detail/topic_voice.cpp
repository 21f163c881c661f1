#include <new>
#include <station/log/detail/topic_voice.hpp>

namespace station::log {

void TopicVoice::say(Severity severity, std::string_view text) const noexcept {
    if (!config_.logger) return;
    try {
        config_.logger(severity, "topic " + topic_.name + ": " + std::string{text});
    } catch (const std::bad_alloc&) {
        return;
    }
}

void TopicVoice::fail(std::error_code error, std::string_view what) const noexcept {
    topic_.condition.store(Condition::failed);
    try {
        say(Severity::error, std::string{what} + ": " + error.message() + "; no more publishes until a restart");
    } catch (const std::bad_alloc&) {
        say(Severity::error, what);
    }
    topic_.waiters.wake_all();
}

}  // namespace station::log
