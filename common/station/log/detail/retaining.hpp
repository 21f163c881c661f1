// Lets a topic's oldest segments go, as its retention says. In this order, so that no crash leaves anything in between:
//   1. bus.meta.json says durably where the topic begins now; whatever of it lies before that is no longer its own
//   2. readers see the topic begin there
//   3. index and segment files are removed, oldest first, and the folder is synced. What a crash leaves of them the
//      next start removes (recovery.hpp).
//
// It looks when the retention is set, when the topic is opened, whenever a full segment has become final, and from time
// to time. Any thread; what it does waits for the disk, but for the look_soon() of a bus that has threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <station/base/guarded.hpp>
#include <station/log/detail/open_files.hpp>
#include <station/log/detail/scheduler.hpp>
#include <station/log/detail/topic_state.hpp>
#include <station/log/detail/topic_voice.hpp>
#include <station/log/retention.hpp>
#include <vector>

namespace station::log {

class Retaining : public std::enable_shared_from_this<Retaining> {
  public:
    struct Record {
        // Make durable what they are told; see TopicNames.
        std::function<std::error_code(const Retention&)> retention;
        std::function<std::error_code(std::uint32_t number, std::uint64_t offset)> first_segment;
    };

    // All must outlive its close(). Jobs that come later than that find it closed, so only they may hold it longer.
    Retaining(TopicState& topic, const BusConfig& config, Scheduler& scheduler, OpenFiles& files, Record record);

    // What was recorded, when the topic is opened.
    void open();
    // Records it durably, then looks.
    std::error_code set(const Retention& retention);
    void look();
    void look_soon() noexcept;
    // Waits for a look under way; nothing is removed any more.
    void close();

  private:
    std::size_t find_due() STATION_REQUIRES(mutex_);
    bool is_over(std::uint64_t bytes, const Segment& oldest, const Retention& retention, std::int64_t now) const;
    bool make_durable(Segment& first);
    void retire(std::size_t count) STATION_REQUIRES(mutex_);
    void remove_files() STATION_REQUIRES(mutex_);
    bool remove(const Path& path);
    void look_again_later() noexcept;
    std::int64_t now() const;

    TopicState& topic_;
    const BusConfig& config_;
    Scheduler& scheduler_;
    OpenFiles& files_;
    const Record record_;
    const TopicVoice voice_;
    std::atomic<bool> asked_{false};  // a look is to come
    std::atomic<bool> timer_set_{false};
    base::Mutex mutex_;  // over the disk, too
    bool closed_ STATION_GUARDED_BY(mutex_) = false;
    bool told_ STATION_GUARDED_BY(mutex_) = false;                              // of a removal that did not work
    std::vector<std::shared_ptr<Segment>> retired_ STATION_GUARDED_BY(mutex_);  // and their files are still there
};

}  // namespace station::log
