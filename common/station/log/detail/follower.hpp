// Keeps a read-only bus up to date with the process that writes the folder: moves each topic's watermark over what that
// process says may be read (live_marks.hpp), never further. What lies behind a mark may still be taken back.
//
// The kernel says when a file changes (inotify), but not when a mark moves, which is a moment later: after a change it
// looks often, then ever more rarely. Where the kernel has no watches left (128 for each user, by default), it looks
// ten times a second.
#pragma once

#include <chrono>
#include <memory>
#include <station/base/descriptor.hpp>
#include <station/log/config.hpp>
#include <station/log/detail/live_marks.hpp>
#include <station/log/detail/open_files.hpp>
#include <station/log/detail/topic_state.hpp>
#include <thread>
#include <vector>

namespace station::log {

class Follower {
  public:
    // All must outlive it. An error: no descriptor, or no thread, to follow with.
    static Expected<std::unique_ptr<Follower>> start(OpenFiles& files, const BusConfig& config,
                                                     std::vector<TopicState*> topics);
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;
    ~Follower();

  private:
    using Pause = std::chrono::milliseconds;

    Follower(OpenFiles& files, const BusConfig& config, std::vector<TopicState*> topics);
    std::error_code begin();
    void watch();
    void run();
    bool wait(Pause pause);
    // True where anything was new, or could not be read now.
    Expected<bool> look();
    Expected<bool> catch_up(TopicState& topic, std::uint64_t mark);
    Expected<bool> read_on(Segment& segment, TopicState& topic, std::uint64_t mark);
    Expected<std::shared_ptr<Segment>> open_next(const TopicState& topic);
    Expected<std::uint32_t> next_number(const TopicState& topic);
    bool is_deleted(TopicState& topic);
    void tell(std::error_code error);

    OpenFiles& files_;
    const BusConfig& config_;
    const std::vector<TopicState*> topics_;
    base::Descriptor changes_;
    base::Descriptor stop_;
    std::error_code told_;  // of the trouble under way
    std::chrono::steady_clock::time_point last_wait_;
    std::chrono::steady_clock::time_point looked_at_files_ = std::chrono::steady_clock::now();
    std::jthread thread_;
};

// How far the log may be read while nothing marks it: up to the last segment, which the owner is writing to.
Expected<std::uint64_t> sealed_end(Disk& disk, const Path& folder);

}  // namespace station::log
