#include <algorithm>
#include <map>
#include <station/log/bus.hpp>
#include <station/log/detail/follower.hpp>
#include <station/base/guarded.hpp>
#include <station/log/detail/meta.hpp>
#include <station/log/detail/recovery.hpp>
#include <station/log/detail/scheduler.hpp>
#include <station/log/detail/topic_entry.hpp>

namespace station::log {

class Bus::Core : public std::enable_shared_from_this<Bus::Core> {
  public:
    explicit Core(BusConfig config)
        : config_(std::move(config)),
          disk_(config_.disk ? *config_.disk : posix_disk(), config_.read_only ? Access::read : Access::mapped),
          scheduler_(config_.writer_threads) {}
    ~Core() { shutdown(); }

    std::optional<Error> open() {
        const base::Lock lock{mutex_};
        if (auto error = own_folder()) return error;
        auto names = load_meta(disk_, meta_path());
        if (!names) return names.error();
        names_ = std::move(*names);
        if (const auto error = adopt_strays()) return Error{error, topics_path().string()};
        for (const TopicName& name : names_) {
            if (auto error = open_topic(name)) return error;
        }
        if (config_.read_only) follow();
        log(Severity::info, std::to_string(names_.size()) + " topics open in " + config_.dir.string() +
                                ", durability " + config_.durability.to_text() +
                                (config_.read_only ? ", read-only" : ""));
        return std::nullopt;
    }

    tl::expected<std::shared_ptr<TopicEntry>, std::error_code> topic(std::string_view name) {
        if (!is_topic_name(name)) return tl::unexpected(make_error_code(Errc::bad_topic_name));
        const base::Lock lock{mutex_};
        if (const auto found = topics_.find(name); found != topics_.end()) return handle(*found->second);
        if (closed_) return tl::unexpected(make_error_code(Errc::closed));
        if (config_.read_only) return tl::unexpected(make_error_code(Errc::no_such_topic));
        if (const auto error = make_topic(name)) return tl::unexpected(error);
        return handle(*topics_.find(name)->second);
    }

    std::vector<std::shared_ptr<TopicEntry>> topics() {
        const base::Lock lock{mutex_};
        std::vector<std::shared_ptr<TopicEntry>> all;
        for (const auto& [name, entry] : topics_) all.push_back(handle(*entry));
        std::sort(all.begin(), all.end(),
                  [](const auto& a, const auto& b) { return a->state.stream < b->state.stream; });
        return all;
    }

    std::error_code shutdown() {
        const base::Lock lock{mutex_};
        if (std::exchange(closed_, true)) return {};
        std::error_code first_error;
        follower_.reset();
        for (const auto& [name, entry] : topics_) {
            if (entry->writer != nullptr) {
                const auto error = entry->writer->close();
                if (error && !first_error) first_error = error;
            } else {
                entry->state.condition.store(Condition::closed);
                entry->state.waiters.wake_all();
            }
        }
        scheduler_.stop();
        lock_.reset();
        log(Severity::info, "shut down");
        return first_error;
    }

  private:
    Path meta_path() const { return config_.dir / "bus.meta.json"; }
    Path topics_path() const { return config_.dir / "topics"; }

    // A handle keeps the whole bus alive.
    std::shared_ptr<TopicEntry> handle(TopicEntry& entry) { return {shared_from_this(), &entry}; }

    std::optional<Error> own_folder() STATION_REQUIRES(mutex_) {
        const auto exists = disk_.exists(topics_path());
        if (!exists) return Error{exists.error(), config_.dir.string()};
        if (!*exists) {
            if (config_.read_only || !config_.create) return Error{Errc::no_bus, config_.dir.string()};
            if (const auto error = disk_.create_folders(topics_path())) return Error{error, config_.dir.string()};
        }
        if (config_.read_only) return std::nullopt;
        auto lock = disk_.lock(config_.dir / "LOCK");
        if (!lock) return Error{lock.error(), config_.dir.string()};
        lock_ = std::move(*lock);
        return sync_folders();
    }

    // Every time: whoever made a folder may have died before it was durable.
    std::optional<Error> sync_folders() STATION_REQUIRES(mutex_) {
        if (const auto error = sync_folder(topics_path())) return Error{error, topics_path().string()};
        if (const auto error = sync_folder(config_.dir)) return Error{error, config_.dir.string()};
        const Path parent = std::filesystem::absolute(config_.dir / ".").parent_path().parent_path();
        const auto error = sync_folder(parent);
        // Somebody else's folder may be closed to us.
        if (error && error != std::errc::permission_denied) return Error{error, parent.string()};
        return std::nullopt;
    }

    // A sync that failed is final: a second one might succeed though the first one has lost the name.
    std::error_code sync_folder(const Path& folder) STATION_REQUIRES(mutex_) {
        if (folder_error_) return folder_error_;
        const auto error = disk_.sync_folder(folder);
        if (error != std::errc::permission_denied) folder_error_ = error;
        return error;
    }

    // Topics that a crash left without their line in bus.meta.json, or all of them where that file is lost. No link is
    // one: this program makes none, and what it leads to is not ours to write into, unless that file names it.
    std::error_code adopt_strays() STATION_REQUIRES(mutex_) {
        const auto folders = disk_.list(topics_path());
        if (!folders) return folders.error();
        std::vector<TopicName> strays;
        for (const std::string& folder : *folders) {
            const auto known = [&](const TopicName& topic) { return topic.name == folder; };
            if (!is_topic_name(folder) || std::any_of(names_.begin(), names_.end(), known)) continue;
            if (disk_.is_link(topics_path() / folder)) continue;
            strays.push_back({folder, stream_on_disk(topics_path() / folder)});
        }
        if (strays.empty()) return {};
        std::sort(strays.begin(), strays.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
        for (TopicName& stray : strays) {
            const auto taken = [&](const TopicName& topic) { return topic.stream == stray.stream; };
            if (stray.stream == 0 || std::any_of(names_.begin(), names_.end(), taken)) stray.stream = next_stream(stray.name);
            names_.push_back(stray);
        }
        return config_.read_only ? std::error_code{} : store_meta(disk_, meta_path(), names_);
    }

    // 0 where no segment says it.
    std::uint32_t stream_on_disk(const Path& folder) {
        const auto names = disk_.list(folder);
        if (!names) return 0;
        for (const std::string& name : *names) {
            if (!segment_number(name)) continue;
            const auto file = disk_.open(folder / name, Open::read);
            if (!file || (*file)->size().value_or(0) < kSegmentHeaderSize) continue;
            std::array<std::byte, kSegmentHeaderSize> head;
            const auto read = (*file)->read_at(0, head);
            SegmentHeader header;
            if (read && decode_segment_header(Bytes{head}.first(*read), header) == Decoded::ok) {
                return header.stream;
            }
        }
        return 0;
    }

    std::uint32_t next_stream(std::string_view name) const STATION_REQUIRES(mutex_) {
        const auto is_first = [](const TopicName& topic) { return topic.stream == 1; };
        if (name == config_.first_topic && std::none_of(names_.begin(), names_.end(), is_first)) return 1;
        std::uint32_t highest = config_.first_topic.empty() ? 0 : 1;
        for (const TopicName& topic : names_) highest = std::max(highest, topic.stream);
        return highest + 1;
    }

    std::error_code make_topic(std::string_view name) STATION_REQUIRES(mutex_) {
        const TopicName topic{std::string{name}, next_stream(name)};
        const Path folder = topics_path() / topic.name;
        if (const auto error = disk_.create_folders(folder)) return error;
        if (const auto error = sync_folder(topics_path())) return error;
        if (auto error = open_topic(topic)) {
            // It may have been the sync of the topic's own folder.
            if (error->code != Errc::disk_full) folder_error_ = error->code;
            return error->code;
        }
        names_.push_back(topic);
        const auto error = store_meta(disk_, meta_path(), names_);
        if (!error) log(Severity::info, "topic " + topic.name + " made, stream " + std::to_string(topic.stream));
        return error;
    }

    std::optional<Error> open_topic(const TopicName& name) STATION_REQUIRES(mutex_) {
        auto entry = std::make_unique<TopicEntry>(name.name, name.stream, topics_path() / name.name);
        RecoveryOptions options;
        options.index_stride = config_.index_stride;
        options.stream = name.stream;
        options.read_only = config_.read_only;
        options.make_durable = config_.durability.mode != Durability::Mode::os;
        options.progress = config_.progress;
        auto recovered = recover_topic(disk_, entry->state.folder, options);
        if (!recovered) return recovered.error();
        TopicState& state = entry->state;
        state.report = recovered->report;
        state.next_offset.store(recovered->next_offset);
        for (const auto& segment : recovered->segments) state.segments.append(segment);
        report(state);
        if (config_.read_only || !state.report.damage.empty()) {
            state.condition.store(Condition::read_only);
        } else {
            entry->writer = std::make_unique<Writer>(state, scheduler_, config_, disk_);
            if (const auto error = entry->writer->open(*recovered)) return Error{error, state.folder.string()};
        }
        topics_.emplace(name.name, std::move(entry));
        return std::nullopt;
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

    void follow() STATION_REQUIRES(mutex_) {
        std::vector<TopicState*> states;
        for (const auto& [name, entry] : topics_) states.push_back(&entry->state);
        follower_ = std::make_unique<Follower>(disk_, std::move(states), config_.index_stride);
    }

    void log(Severity severity, const std::string& text) const {
        if (config_.logger) config_.logger(severity, text);
    }

    const BusConfig config_;
    OpenFiles disk_;
    std::unique_ptr<FolderLock> lock_;
    base::Mutex mutex_;
    bool closed_ STATION_GUARDED_BY(mutex_) = false;
    std::error_code folder_error_ STATION_GUARDED_BY(mutex_);
    std::vector<TopicName> names_ STATION_GUARDED_BY(mutex_);
    std::map<std::string, std::unique_ptr<TopicEntry>, std::less<>> topics_ STATION_GUARDED_BY(mutex_);
    std::unique_ptr<Follower> follower_;
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

std::error_code Bus::shutdown() { return core_->shutdown(); }

}  // namespace station::log
