// An open folder and its topics. Internal: handles to topics and cursors keep it alive.
//
// bus_core.cpp owns the folder or looks at another's, bus_topics.cpp makes topics and opens them. Any thread.
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <station/base/guarded.hpp>
#include <station/log/bus.hpp>
#include <station/log/detail/follower.hpp>
#include <station/log/detail/live_marks.hpp>
#include <station/log/detail/open_files.hpp>
#include <station/log/detail/recovery.hpp>
#include <station/log/detail/scheduler.hpp>
#include <station/log/detail/topic_entry.hpp>
#include <station/log/detail/topic_names.hpp>
#include <station/log/layout.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::log {

// The mark of a topic that could not be opened, or is deleted: its log stays as it is.
inline constexpr std::uint64_t kNobodyWrites = std::numeric_limits<std::uint64_t>::max();

class Bus::Core : public std::enable_shared_from_this<Bus::Core> {
  public:
    explicit Core(BusConfig config);
    ~Core() { shutdown(); }
    std::optional<Error> open();

    // Looking one up never waits for one that is being made: that waits for the disk.
    tl::expected<std::shared_ptr<TopicEntry>, std::error_code> topic(std::string_view name);
    std::vector<std::shared_ptr<TopicEntry>> topics();
    std::error_code delete_topic(std::string_view name);
    std::error_code shutdown();

  private:
    // Of one that is made now there is nothing to report, unless its folder was there before.
    enum class Made { now, before };

    Path topics_path() const { return config_.dir / kTopicsFolder; }

    // A handle keeps the whole bus alive, and a topic that was deleted with it.
    std::shared_ptr<TopicEntry> handle(const std::shared_ptr<TopicEntry>& entry);
    std::shared_ptr<TopicEntry> find(std::string_view name);
    static std::error_code close(TopicEntry& entry);
    std::optional<Error> own();

    // What is seen must be of one moment: where the folder's owner comes or goes meanwhile, it is looked at again.
    std::optional<Error> look();
    std::optional<Error> load_names(bool read_only);
    std::vector<TopicName> names();
    Expected<LiveState> settled_owner() const;
    Expected<LiveState> owner() const;

    // Events before this may be read beside the folder's owner; nullopt: all there are.
    Expected<std::optional<std::uint64_t>> readable(const LiveState& owner, const TopicState& topic);
    void make_marks() STATION_REQUIRES(making_mutex_);
    void no_marks(std::error_code error) STATION_REQUIRES(making_mutex_);
    std::error_code make_topic(std::string_view name) STATION_REQUIRES(making_mutex_);
    Expected<std::uint32_t> reserve(std::string_view name, const Path& folder);

    // After a sync that failed no more topics are made: a second one might succeed though the first has lost the name.
    std::error_code final_error(std::error_code error) STATION_REQUIRES(names_mutex_);

    // It could not be opened for want of something that may be there now.
    static bool worth_another_try(const TopicEntry& entry);

    // Those who hold the one that could not be opened keep it: what it says stays true of the start.
    std::shared_ptr<TopicEntry> try_again(TopicEntry& old) STATION_REQUIRES(making_mutex_);
    std::unique_ptr<TopicEntry> new_entry(const TopicName& name, const Path& folder);

    // What one topic meets is its own: the others open all the same.
    void add_topic(const TopicName& name, const LiveState& owner) STATION_REQUIRES(making_mutex_);

    // What a reader beside the owner has looked at may be going by retention meanwhile.
    bool has_moved_on(TopicName& name, const TopicState& seen, bool failed);

    // One that can't be opened is there all the same, and says why. nullptr: it was deleted meanwhile.
    std::unique_ptr<TopicEntry> make_entry(TopicName name, const LiveState& owner) STATION_REQUIRES(making_mutex_);
    void mark(TopicState& topic) STATION_REQUIRES(making_mutex_);

    std::optional<Error> open_topic(TopicEntry& entry, const TopicName& name, std::optional<std::uint64_t> up_to,
                                    Made made = Made::before) STATION_REQUIRES(making_mutex_);

    Retaining::Record record_of(const TopicName& topic);
    void report(const TopicState& topic) const;
    std::optional<Error> follow() STATION_REQUIRES(making_mutex_);
    void log(Severity severity, const std::string& text) const;

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

}  // namespace station::log
