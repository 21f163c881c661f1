#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <map>
#include <station/log/bus.hpp>
#include <station/log/detail/folder.hpp>
#include <station/log/detail/follower.hpp>
#include <station/log/detail/live_marks.hpp>
#include <station/log/detail/recovery.hpp>
#include <station/log/detail/scheduler.hpp>
#include <station/log/detail/topic_entry.hpp>
#include <station/log/detail/topic_names.hpp>
#include <station/log/layout.hpp>

namespace station::log {

namespace {

// The mark of a topic that could not be opened: its log stays as it is.
constexpr std::uint64_t kNobodyWrites = std::numeric_limits<std::uint64_t>::max();

// So many at most are kept open for the log, and more than a quarter of what the process may have never.
std::size_t descriptors_for(const BusConfig& config) {
    if (config.open_files > 0) return config.open_files;
    constexpr std::size_t kLeast = 8;
    constexpr std::size_t kMost = 256;
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeast;
    return std::clamp<std::size_t>(static_cast<std::size_t>(limit.rlim_cur / 4), kLeast, kMost);
}

}  // namespace

class Bus::Core : public std::enable_shared_from_this<Bus::Core> {
  public:
    explicit Core(BusConfig config)
        : config_(std::move(config)),
          disk_(config_.disk ? *config_.disk : posix_disk(), config_.read_only ? Access::read : Access::mapped,
                {.files = descriptors_for(config_)}),
          names_(disk_, config_.dir, config_.first_topic,
                 [this](Severity severity, const std::string& text) { log(severity, text); }),
          scheduler_(config_.writer_threads, config_.max_threads) {}
    ~Core() { shutdown(); }

    std::optional<Error> open() {
        if (auto error = config_.read_only ? look() : own()) return error;
        std::size_t unreadable = 0;
        const base::SharedLock lock{topics_mutex_};
        for (const auto& [name, entry] : topics_) unreadable += entry->state.condition == Condition::unreadable ? 1 : 0;
        log(Severity::info, std::to_string(topics_.size() - unreadable) + " topics open in " + config_.dir.string() +
                                ", durability " + config_.durability.to_text() +
                                (config_.read_only ? ", read-only" : ""));
        return std::nullopt;
    }

    // Looking one up never waits for one that is being made: that waits for the disk.
    tl::expected<std::shared_ptr<TopicEntry>, std::error_code> topic(std::string_view name) {
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

    std::vector<std::shared_ptr<TopicEntry>> topics() {
        std::vector<std::shared_ptr<TopicEntry>> all;
        {
            const base::SharedLock lock{topics_mutex_};
            for (const auto& [name, entry] : topics_) all.push_back(handle(entry));
        }
        std::sort(all.begin(), all.end(),
                  [](const auto& a, const auto& b) { return a->state.stream < b->state.stream; });
        return all;
    }

    std::error_code delete_topic(std::string_view name) {
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

    std::error_code shutdown() {
        const base::Lock making{making_mutex_};
        if (std::exchange(closed_, true)) return {};
        std::error_code first_error;
        follower_.reset();
        {
            // Nothing is added any more, and nothing goes.
            const base::SharedLock lock{topics_mutex_};
            for (const auto& [name, entry] : topics_) {
                const auto error = close(*entry);
                if (error && !first_error) first_error = error;
            }
        }
        scheduler_.stop();
        marks_.reset();
        lock_.reset();
        log(Severity::info, "shut down");
        return first_error;
    }

  private:
    Path topics_path() const { return config_.dir / kTopicsFolder; }

    // A handle keeps the whole bus alive, and a topic that was deleted with it.
    std::shared_ptr<TopicEntry> handle(const std::shared_ptr<TopicEntry>& entry) {
        const auto both =
            std::make_shared<std::pair<std::shared_ptr<Core>, std::shared_ptr<TopicEntry>>>(shared_from_this(), entry);
        return {both, entry.get()};
    }

    std::shared_ptr<TopicEntry> find(std::string_view name) {
        const base::SharedLock lock{topics_mutex_};
        const auto found = topics_.find(name);
        return found == topics_.end() ? nullptr : handle(found->second);
    }

    static std::error_code close(TopicEntry& entry) {
        if (entry.retaining != nullptr) entry.retaining->close();
        if (entry.writer != nullptr) return entry.writer->close();
        if (entry.state.condition != Condition::unreadable) entry.state.condition.store(Condition::closed);
        entry.state.waiters.wake_all();
        return {};
    }

    std::optional<Error> own() {
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

    // What is seen must be of one moment: where the folder's owner comes or goes meanwhile, it is looked at again.
    std::optional<Error> look() {
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

    std::optional<Error> load_names(bool read_only) {
        const base::Lock lock{names_mutex_};
        return names_.load(read_only);
    }

    std::vector<TopicName> names() {
        const base::Lock lock{names_mutex_};
        return names_.all();
    }

    Expected<LiveState> settled_owner() const {
        return disk_.is_shared() ? look_at_settled_owner(config_.dir) : Expected<LiveState>{LiveState{}};
    }

    Expected<LiveState> owner() const {
        return disk_.is_shared() ? look_at_owner(config_.dir) : Expected<LiveState>{LiveState{}};
    }

    // Events before this may be read beside the folder's owner; nullopt: all there are.
    Expected<std::optional<std::uint64_t>> readable(const LiveState& owner, const TopicState& topic) {
        if (!owner.owned) return std::nullopt;
        if (!owner.marked) return sealed_end(disk_, topic.folder);
        const std::uint64_t mark = owner.mark(topic.stream);
        return mark == kNobodyWrites ? std::nullopt : std::optional{mark};
    }

    void make_marks() STATION_REQUIRES(making_mutex_) {
        if (!disk_.is_shared()) return;
        auto made = LiveMarks::make(config_.dir / kLiveFile);
        if (!made) {
            disk_.remove(config_.dir / kLiveFile);  // nobody needs to wait for them
            return no_marks(made.error());
        }
        marks_ = std::move(*made);
    }

    void no_marks(std::error_code error) STATION_REQUIRES(making_mutex_) {
        marks_.reset();
        log(Severity::warning, (config_.dir / kLiveFile).string() + ": " + error.message() +
                                   "; other processes see nothing of what is written until a restart");
    }

    std::error_code make_topic(std::string_view name) STATION_REQUIRES(making_mutex_) {
        // A folder without a name in the list is nobody's; a name whose folder is gone would be a loss.
        const Path folder = topics_path() / name;
        const auto stream = reserve(name, folder);
        if (!stream) return stream.error();
        auto entry = new_entry({std::string{name}, *stream}, folder);
        // Nothing of it stays where it could not be made: the next try finds its folder, and its number.
        if (const auto error = open_topic(*entry, {std::string{name}, *stream}, std::nullopt, Made::now)) {
            const base::Lock lock{names_mutex_};
            return final_error(error->code);
        }
        log(Severity::info, "topic " + entry->state.name + " made, stream " + std::to_string(*stream));
        const base::Lock lock{topics_mutex_};
        topics_.emplace(std::string{name}, std::move(entry));
        return {};
    }

    Expected<std::uint32_t> reserve(std::string_view name, const Path& folder) {
        const base::Lock lock{names_mutex_};
        if (failed_) return tl::unexpected(failed_);
        if (const auto error = names_.remove_folder(name)) return tl::unexpected(error);
        if (const auto error = disk_.create_folders(folder)) return tl::unexpected(error);
        if (const auto error = disk_.sync_folder(topics_path())) return tl::unexpected(final_error(error));
        return names_.reserve(name);
    }

    // After a sync that failed no more topics are made: a second one might succeed though the first has lost the name.
    std::error_code final_error(std::error_code error) STATION_REQUIRES(names_mutex_) {
        if (error && !is_transient(error)) failed_ = error;
        return error;
    }

    // It could not be opened for want of something that may be there now.
    static bool worth_another_try(const TopicEntry& entry) {
        return entry.state.condition == Condition::unreadable && is_transient(entry.state.problem.code);
    }

    // Those who hold the one that could not be opened keep it: what it says stays true of the start.
    std::shared_ptr<TopicEntry> try_again(TopicEntry& old) STATION_REQUIRES(making_mutex_) {
        const LiveState owner = config_.read_only ? this->owner().value_or(LiveState{}) : LiveState{};
        TopicName name{old.state.name, old.state.stream};
        for (const TopicName& known : names()) {
            if (known.name == name.name) name = known;
        }
        std::shared_ptr<TopicEntry> entry = make_entry(name, owner);
        const base::Lock lock{topics_mutex_};
        auto& place = topics_.find(name.name)->second;
        if (entry != nullptr && entry->state.condition != Condition::unreadable) {
            given_up_.push_back(std::move(place));
            place = std::move(entry);
        }
        return handle(place);
    }

    std::unique_ptr<TopicEntry> new_entry(const TopicName& name, const Path& folder) {
        auto entry = std::make_unique<TopicEntry>(config_, name.name, name.stream, folder);
        entry->state.ledger.store(name.ledger);
        entry->state.set_retention(name.retention);
        entry->mark_ledger = [this, topic = name.name, stream = name.stream] {
            const base::Lock lock{names_mutex_};
            if (failed_) return failed_;
            return names_.mark_ledger(topic, stream);
        };
        return entry;
    }

    // What one topic meets is its own: the others open all the same.
    void add_topic(const TopicName& name, const LiveState& owner) STATION_REQUIRES(making_mutex_) {
        auto entry = make_entry(name, owner);
        if (entry == nullptr) return;
        const base::Lock lock{topics_mutex_};
        topics_.emplace(name.name, std::move(entry));
    }

    // What a reader beside the owner has looked at may be going by retention meanwhile.
    bool has_moved_on(TopicName& name, const TopicState& seen, bool failed) {
        if (!config_.read_only || (!failed && seen.report.damage.empty())) return false;
        const base::Lock lock{names_mutex_};
        const auto again = names_.look_again(name.name);
        if (!again || !*again || (*again)->first_segment <= name.first_segment) return false;
        name = **again;
        return true;
    }

    // One that can't be opened is there all the same, and says why. nullptr: it was deleted meanwhile.
    std::unique_ptr<TopicEntry> make_entry(TopicName name, const LiveState& owner) STATION_REQUIRES(making_mutex_) {
        constexpr int kTries = 3;  // a shortage may last no longer than what others are about to give back
        constexpr int kMoves = 100;
        const Path folder = topics_path() / name.name;
        for (int tries = 1, moves = 0;; ++tries) {
            auto entry = new_entry(name, folder);
            const auto up_to = readable(owner, entry->state);
            auto error = up_to ? open_topic(*entry, name, *up_to) : Error{up_to.error(), folder.string()};
            if (has_moved_on(name, entry->state, error.has_value()) && ++moves < kMoves) {
                --tries;
                continue;
            }
            if (!error) return entry;
            if (config_.read_only && !disk_.exists(folder).value_or(true)) return nullptr;
            if (is_transient(error->code) && tries < kTries) continue;
            // Nobody knows it yet, and what was begun with it is given up.
            entry = new_entry(name, folder);
            entry->state.problem = std::move(*error);
            entry->state.condition.store(Condition::unreadable);
            mark(entry->state);
            if (entry->state.mark != nullptr) entry->state.mark->store(kNobodyWrites);
            log(Severity::error, "topic " + name.name + " can't be opened: " + entry->state.problem.message());
            return entry;
        }
    }

    void mark(TopicState& topic) STATION_REQUIRES(making_mutex_) {
        if (marks_ == nullptr) return;
        const auto mark = marks_->mark(topic.stream);
        if (mark) {
            topic.mark = *mark;
        } else {
            log(Severity::warning, "topic " + topic.name + ": " + mark.error().message() + " in " + kLiveFile +
                                       "; other processes can't follow it");
        }
    }

    // Of one that is made now there is nothing to report, unless its folder was there before.
    enum class Made { now, before };

    std::optional<Error> open_topic(TopicEntry& entry, const TopicName& name, std::optional<std::uint64_t> up_to,
                                    Made made = Made::before) STATION_REQUIRES(making_mutex_) {
        TopicState& state = entry.state;
        RecoveryOptions options;
        options.index_stride = config_.index_stride;
        options.stream = state.stream;
        options.read_only = config_.read_only;
        options.first_segment = name.first_segment;
        options.first_offset = name.first_offset;
        options.front_may_be_missing = name.retention.any();
        options.up_to = up_to;
        options.make_durable = config_.durability.mode != Durability::Mode::os;
        options.progress = config_.progress;
        auto recovered = recover_topic(disk_, state.folder, options);
        if (!recovered) return recovered.error();
        state.report = recovered->report;
        for (const auto& segment : recovered->segments) state.segments.append(segment);
        mark(state);
        state.advance(recovered->next_offset);
        if (made == Made::before || state.report.segments > 0) report(state);
        if (config_.read_only || !state.report.damage.empty()) {
            state.condition.store(Condition::read_only);
            return std::nullopt;
        }
        entry.writer = std::make_unique<Writer>(state, scheduler_, config_, disk_);
        entry.retaining = std::make_shared<Retaining>(state, config_, scheduler_, disk_, record_of(name));
        state.on_settled = [&retaining = *entry.retaining] { retaining.look_soon(); };
        if (const auto error = entry.writer->open(*recovered)) return Error{error, state.folder.string()};
        entry.retaining->open();
        return std::nullopt;
    }

    Retaining::Record record_of(const TopicName& topic) {
        return {[this, name = topic.name, stream = topic.stream](const Retention& retention) {
                    const base::Lock lock{names_mutex_};
                    return failed_ ? failed_ : names_.retain(name, stream, retention);
                },
                [this, name = topic.name, stream = topic.stream](std::uint32_t number, std::uint64_t offset) {
                    const base::Lock lock{names_mutex_};
                    return failed_ ? failed_ : names_.begin_at(name, stream, number, offset);
                }};
    }

    void report(const TopicState& topic) const {
        const RecoveryReport& found = topic.report;
        const std::string prefix = "topic " + topic.name + ": ";
        log(Severity::info, prefix + std::to_string(topic.next_offset.load()) + " events in " +
                                std::to_string(found.segments) + " segments; " + to_json(found));
        if (!found.cut_from.empty()) {
            log(Severity::warning, prefix + "a torn tail of " + std::to_string(found.cut_bytes) +
                                       " bytes was cut from " + found.cut_from + " at byte " +
                                       std::to_string(found.cut_at) +
                                       (found.cut_into.empty() ? "" : " and kept in " + found.cut_into));
        }
        for (const std::string& warning : found.warnings) log(Severity::warning, prefix + warning);
        for (const Damage& damage : found.damage) {
            log(Severity::error, prefix + "damage in " + damage.file + " at byte " + std::to_string(damage.from) +
                                     " up to " + std::to_string(damage.to) + ": " + damage.reason +
                                     "; the topic takes no publishes");
        }
    }

    std::optional<Error> follow() STATION_REQUIRES(making_mutex_) {
        std::vector<TopicState*> states;
        const base::SharedLock lock{topics_mutex_};
        for (const auto& [name, entry] : topics_) states.push_back(&entry->state);
        auto follower = Follower::start(disk_, config_, std::move(states));
        if (!follower) return Error{follower.error(), config_.dir.string()};
        follower_ = std::move(*follower);
        return std::nullopt;
    }

    void log(Severity severity, const std::string& text) const {
        if (config_.logger) config_.logger(severity, text);
    }

    const BusConfig config_;
    OpenFiles disk_;
    // Held while a topic is made, which waits for the disk. Before topics_mutex_, where both are held.
    base::Mutex making_mutex_;
    std::unique_ptr<FolderLock> lock_ STATION_GUARDED_BY(making_mutex_);
    std::unique_ptr<LiveMarks> marks_ STATION_GUARDED_BY(making_mutex_);
    bool closed_ STATION_GUARDED_BY(making_mutex_) = false;
    // Behind making_mutex_, where both are held. A topic that lets segments go needs this one alone: who deletes the
    // topic waits for that with the other one held.
    base::Mutex names_mutex_;
    std::error_code failed_ STATION_GUARDED_BY(names_mutex_);
    TopicNames names_ STATION_GUARDED_BY(names_mutex_);
    base::SharedMutex topics_mutex_;
    std::map<std::string, std::shared_ptr<TopicEntry>, std::less<>> topics_ STATION_GUARDED_BY(topics_mutex_);
    std::vector<std::shared_ptr<TopicEntry>> given_up_ STATION_GUARDED_BY(topics_mutex_);  // replaced by another try
    std::unique_ptr<Follower> follower_ STATION_GUARDED_BY(making_mutex_);
    Scheduler scheduler_;  // last: its threads end before what they use
};

Bus::Bus(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Bus::Bus(Bus&&) noexcept = default;

Bus& Bus::operator=(Bus&& other) noexcept {
    if (this != &other) {
        if (core_) core_->shutdown();
        core_ = std::move(other.core_);
    }
    return *this;
}

Bus::~Bus() {
    if (core_) core_->shutdown();
}

Result<Bus> Bus::open(BusConfig config) {
    if (const std::string problem = config.problem(); !problem.empty()) return failed(Errc::bad_config, problem);
    auto core = std::make_shared<Core>(std::move(config));
    if (auto error = core->open()) return tl::unexpected(std::move(*error));
    return Bus{std::move(core)};
}

tl::expected<Topic, std::error_code> Bus::topic(std::string_view name) {
    auto entry = core_->topic(name);
    if (!entry) return tl::unexpected(entry.error());
    return Topic{std::move(*entry)};
}

std::vector<Topic> Bus::topics() const {
    std::vector<Topic> topics;
    for (auto& entry : core_->topics()) topics.push_back(Topic{std::move(entry)});
    return topics;
}

std::error_code Bus::delete_topic(std::string_view name) { return core_->delete_topic(name); }

std::error_code Bus::shutdown() { return core_->shutdown(); }

}  // namespace station::log
