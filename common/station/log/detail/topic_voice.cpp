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

std::error_code TopicVoice::refusal() const {
    switch (topic_.condition.load()) {
        case Condition::failed: return Errc::topic_failed;
        case Condition::deleted: return Errc::topic_deleted;
        default: return {};
    }
}

std::error_code TopicVoice::sync_folder(OpenFiles& files) const {
    const auto error = topic_.folder_syncs.pass([&] { return files.sync_folder(topic_.folder); });
    if (error && !is_transient(error)) fail(error, "the topic's folder could not be synced");
    return error;
}

void TopicVoice::fail(std::error_code error, std::string_view what) const noexcept {
    auto before = topic_.condition.load();
    do {
        if (before == Condition::deleted) return;
    } while (!topic_.condition.compare_exchange_weak(before, Condition::failed));
    try {
        say(Severity::error, std::string{what} + ": " + error.message() + "; no more publishes until a restart");
    } catch (const std::bad_alloc&) {
        say(Severity::error, what);
    }
    topic_.waiters.wake_all();
}

}  // namespace station::log
