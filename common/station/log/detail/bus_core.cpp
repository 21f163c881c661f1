#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <station/log/detail/bus_core.hpp>
#include <station/log/detail/folder.hpp>
#include <system_error>
#include <thread>
#include <utility>

namespace station::log {

namespace {

// So many at most are kept open for the log, and more than a quarter of what the process may have never.
std::size_t descriptors_for(const BusConfig& config) {
    if (config.open_files > 0) return config.open_files;
    constexpr std::size_t kLeast = 8;
    constexpr std::size_t kMost = 16384;
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeast;
    return std::clamp<std::size_t>(static_cast<std::size_t>(limit.rlim_cur / 4), kLeast, kMost);
}

}  // namespace

Bus::Core::Core(BusConfig config)
    : config_(std::move(config)),
      disk_(config_.disk ? *config_.disk : posix_disk(), config_.read_only ? Access::read : Access::mapped,
            {.files = descriptors_for(config_)}),
      names_(disk_, config_.dir, config_.first_topic,
             [this](Severity severity, const std::string& text) { log(severity, text); }),
      scheduler_(config_.writer_threads, config_.max_threads,
                 config_.durability.mode == Durability::Mode::os ? Scheduler::Writers::go_to_memory
                                                                 : Scheduler::Writers::wait_for_disk) {}

std::optional<Error> Bus::Core::open() {
    if (auto error = config_.read_only ? look() : own()) return error;
    std::size_t unreadable = 0;
    const base::SharedLock lock{topics_mutex_};
    for (const auto& [name, entry] : topics_) unreadable += entry->state.condition == Condition::unreadable ? 1 : 0;
    log(Severity::info, std::to_string(topics_.size() - unreadable) + " topics open in " + config_.dir.string() +
                            ", durability " + config_.durability.to_text() + (config_.read_only ? ", read-only" : ""));
    return std::nullopt;
}

tl::expected<std::shared_ptr<TopicEntry>, std::error_code> Bus::Core::topic(std::string_view name) {
    if (!is_topic_name(name)) return tl::unexpected(make_error_code(Errc::bad_topic_name));
    auto found = find(name);
    if (found && !worth_another_try(*found)) return found;
    const base::Lock making{making_mutex_};
    found = find(name);
    if (found && !closed_ && worth_another_try(*found)) return try_again(*found);
    if (found) return found;
    if (closed_) return tl::unexpected(make_error_code(Errc::closed));
    if (config_.read_only) return tl::unexpected(make_error_code(Errc::no_such_topic));
    if (const auto error = make_topic(name)) return tl::unexpected(error);
    return find(name);
}

std::vector<std::shared_ptr<TopicEntry>> Bus::Core::topics() {
    std::vector<std::shared_ptr<TopicEntry>> all;
    {
        const base::SharedLock lock{topics_mutex_};
        for (const auto& [name, entry] : topics_) all.push_back(handle(entry));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->state.stream < b->state.stream; });
    return all;
}

std::error_code Bus::Core::delete_topic(std::string_view name) {
    const base::Lock making{making_mutex_};
    if (closed_) return Errc::closed;
    if (config_.read_only) return Errc::read_only;
    const auto entry = find(name);
    if (entry == nullptr) return Errc::no_such_topic;
    TopicState& topic = entry->state;
    {
        const base::Lock lock{names_mutex_};
        if (failed_) return failed_;
        if (const auto error = names_.remove(topic.name, topic.stream)) return error;
    }
    topic.condition.store(Condition::deleted);
    topic.waiters.wake_all();
    if (entry->writer != nullptr) entry->writer->abandon();
    if (entry->retaining != nullptr) entry->retaining->close();
    if (topic.mark != nullptr) topic.mark->store(kNobodyWrites);
    {
        const base::Lock lock{topics_mutex_};
        topics_.erase(topics_.find(name));
    }
    const base::Lock lock{names_mutex_};
    const auto error = names_.remove_folder(topic.name);
    log(error ? Severity::warning : Severity::info,
        "topic " + topic.name + ", stream " + std::to_string(topic.stream) + ", is deleted" +
            (error ? "; what is left of its folder goes later: " + error.message() : ""));
    return error;
}

std::error_code Bus::Core::shutdown() {
    const base::Lock making{making_mutex_};
    if (std::exchange(closed_, true)) return {};
    follower_.reset();
    const std::error_code first_error = close_all();
    scheduler_.stop();
    marks_.reset();
    lock_.reset();
    log(Severity::info, "shut down");
    return first_error;
}

std::shared_ptr<TopicEntry> Bus::Core::handle(const std::shared_ptr<TopicEntry>& entry) {
    const auto both =
        std::make_shared<std::pair<std::shared_ptr<Core>, std::shared_ptr<TopicEntry>>>(shared_from_this(), entry);
    return {both, entry.get()};
}

std::shared_ptr<TopicEntry> Bus::Core::find(std::string_view name) {
    const base::SharedLock lock{topics_mutex_};
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : handle(found->second);
}

std::error_code Bus::Core::close(TopicEntry& entry) {
    if (entry.retaining != nullptr) entry.retaining->close();
    if (entry.writer != nullptr) return entry.writer->close();
    if (entry.state.condition != Condition::unreadable) entry.state.condition.store(Condition::closed);
    entry.state.waiters.wake_all();
    return {};
}

std::error_code Bus::Core::close_all() {
    constexpr std::size_t kTopicsEach = 64;  // one helper for so many, so that few topics need none
    // Nothing is added any more, and nothing goes.
    const base::SharedLock lock{topics_mutex_};
    auto next = topics_.cbegin();
    const auto end = topics_.cend();
    std::mutex mutex;
    std::error_code first_error;
    const auto work = [&] {
        std::unique_lock turn{mutex};
        while (next != end) {
            TopicEntry& entry = *next++->second;
            turn.unlock();
            const auto error = close(entry);
            turn.lock();
            if (error && !first_error) first_error = error;
        }
    };
    std::array<std::jthread, 15> helpers;
    const std::size_t wanted = scheduler_.has_threads() ? std::min(topics_.size() / kTopicsEach, helpers.size()) : 0;
    try {
        for (std::size_t i = 0; i < wanted; ++i) helpers[i] = std::jthread{work};
    } catch (const std::system_error&) {
        // There are fewer, then.
    } catch (const std::bad_alloc&) {
        // The same.
    }
    work();
    for (std::jthread& helper : helpers) {
        if (helper.joinable()) helper.join();
    }
    return first_error;
}

std::optional<Error> Bus::Core::own() {
    const base::Lock making{making_mutex_};
    const auto exists = disk_.exists(topics_path());
    if (!exists) return Error{exists.error(), config_.dir.string()};
    if (!*exists && !config_.create) return Error{Errc::no_bus, config_.dir.string()};
    if (auto error = make_folders(disk_, config_.dir)) return error;
    auto lock = disk_.lock(config_.dir / kLockFile);
    if (!lock) return Error{lock.error(), config_.dir.string()};
    lock_ = std::move(*lock);
    make_marks();
    if (auto error = load_names(false)) return error;
    for (const TopicName& name : names()) add_topic(name, {});
    if (marks_ == nullptr) return std::nullopt;
    if (const auto error = marks_->vouch()) no_marks(error);
    return std::nullopt;
}

std::optional<Error> Bus::Core::look() {
    const base::Lock making{making_mutex_};
    const auto exists = disk_.exists(topics_path());
    if (!exists) return Error{exists.error(), config_.dir.string()};
    if (!*exists) return Error{Errc::no_bus, config_.dir.string()};
    constexpr int kTries = 20;
    for (int tries = 0; tries < kTries; ++tries) {
        const auto before = settled_owner();
        if (!before) return Error{before.error(), config_.dir.string()};
        {
            const base::Lock lock{topics_mutex_};
            topics_.clear();
        }
        if (auto error = load_names(true)) return error;
        for (const TopicName& name : names()) add_topic(name, *before);
        const auto after = owner();
        if (!after) return Error{after.error(), config_.dir.string()};
        if (!before->same_owner(*after)) continue;
        if (config_.follow) return follow();
        return std::nullopt;
    }
    return Error{std::make_error_code(std::errc::resource_unavailable_try_again), config_.dir.string()};
}

std::optional<Error> Bus::Core::load_names(bool read_only) {
    const base::Lock lock{names_mutex_};
    return names_.load(read_only);
}

std::vector<TopicName> Bus::Core::names() {
    const base::Lock lock{names_mutex_};
    return names_.all();
}

Expected<LiveState> Bus::Core::settled_owner() const {
    return disk_.is_shared() ? look_at_settled_owner(config_.dir) : Expected<LiveState>{LiveState{}};
}

Expected<LiveState> Bus::Core::owner() const {
    return disk_.is_shared() ? look_at_owner(config_.dir) : Expected<LiveState>{LiveState{}};
}

void Bus::Core::make_marks() {
    if (!disk_.is_shared()) return;
    auto made = LiveMarks::make(config_.dir / kLiveFile);
    if (!made) {
        disk_.remove(config_.dir / kLiveFile);  // nobody needs to wait for them
        return no_marks(made.error());
    }
    marks_ = std::move(*made);
}

void Bus::Core::no_marks(std::error_code error) {
    marks_.reset();
    log(Severity::warning, (config_.dir / kLiveFile).string() + ": " + error.message() +
                               "; other processes see nothing of what is written until a restart");
}

std::optional<Error> Bus::Core::follow() {
    std::vector<TopicState*> states;
    const base::SharedLock lock{topics_mutex_};
    for (const auto& [name, entry] : topics_) states.push_back(&entry->state);
    auto follower = Follower::start(disk_, config_, std::move(states));
    if (!follower) return Error{follower.error(), config_.dir.string()};
    follower_ = std::move(*follower);
    return std::nullopt;
}

void Bus::Core::log(Severity severity, const std::string& text) const {
    if (config_.logger) config_.logger(severity, text);
}

}  // namespace station::log
