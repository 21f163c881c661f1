// Internal to cursor.cpp, cursor_impl.cpp (where it starts, what it does about damage and errors), cursor_follow.cpp
// (how it reads on and waits) and topic.cpp.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <station/log/cursor.hpp>
#include <station/log/detail/scan.hpp>
#include <station/log/detail/topic_entry.hpp>

namespace station::log {

class Cursor::Place {
  public:
    Place(std::shared_ptr<Segment> in, std::uint64_t position, const Expectation& expectation)
        : segment(std::move(in)), at(position), expected(expectation) {}

    const std::shared_ptr<Segment> segment;
    const std::uint64_t at;
    const Expectation expected;
};

class Cursor::Impl {
  public:
    Impl(std::shared_ptr<TopicEntry> entry, const StartFrom& from, bool locate_now);
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl();

    const TopicState& topic() const { return entry_->state; }
    std::error_code locate();
    const Start& start() const { return start_; }
    std::uint64_t position() const;
    const Damage& damage() const { return damage_; }
    const Lost& lost() const { return lost_; }
    std::shared_ptr<const Place> place() const;
    bool has_place() const;
    void go_on_at(const Place& place);

    tl::expected<Batch, std::error_code> poll(const Limits& limits);
    void bring_in(const Limits& limits);
    void release();
    void skip_damage();
    void cancel();
    void wait(std::function<void()> ready);
    bool stop_waiting();
    // Returns when there may be something to poll; false: not before the deadline.
    bool sleep_until(const std::optional<std::chrono::steady_clock::time_point>& deadline);

  private:
    class CursorWaiter : public Waiter {
      public:
        void wake() noexcept override;
        std::function<void()> ready;  // empty: a thread sleeps on `woken`
        std::mutex mutex;
        std::condition_variable changed;
        bool woken = false;
    };

    std::error_code find_place();
    std::error_code scan_to(const Target& target);
    void step_over(const Record& record);
    tl::expected<Batch, std::error_code> read_on(const Limits& limits);
    Expected<bool> passes_gap(const Target& target, std::uint64_t end);
    bool next_segment();
    // What it was reading is gone; then it stands at the topic's first segment.
    bool left_behind(std::error_code error);
    void pass_by(const Segment& first);
    void pass_by(std::uint64_t to, bool all_before_place);
    // Reads on in the current segment, as far as it goes.
    std::error_code read(std::uint64_t end, const Limits& limits);
    std::error_code read_segment(std::uint64_t end, const Limits& limits);
    std::error_code meet_damage(std::uint64_t end);
    void meet(const Gap& gap, std::string_view reason);
    std::error_code ending() const;
    bool anything_new() const;

    std::shared_ptr<TopicEntry> entry_;
    std::shared_ptr<Segment> segment_;
    Target from_;  // where it was to begin
    bool located_ = false;
    std::uint64_t at_ = kSegmentHeaderSize;  // in segment_
    Expectation expected_;
    std::optional<Target> skip_before_;  // events before this are not for us
    RecordWindow window_{RecordWindow::Left::keep};
    std::optional<tl::expected<Batch, std::error_code>> brought_in_;
    bool may_wait_ = true;
    std::vector<EventView> events_;
    std::size_t batch_bytes_ = 0;
    Start start_;
    Damage damage_;
    Lost lost_;
    bool lost_some_ = false;  // and nobody was told yet
    std::optional<Gap> gap_;  // before us, until it is skipped
    std::atomic<bool> cancelled_{false};
    CursorWaiter waiter_;
};

}  // namespace station::log
