// The one writer of a topic: it alone changes the topic's files. Requests come in from any thread over a lock-free
// list; whoever holds the writer's turn takes all that is waiting, encodes it into one buffer, writes it once, syncs it
// once, moves the watermark once and completes every acknowledgement of the group.
//
// The turn goes to the bus's writer threads, or, where nobody has it, to the thread that publishes and waits: a lone
// publisher then pays for no switch between threads (LevelDB's writers lead their groups in the same way).
//
// The list of requests is a stack that is taken as a whole and turned around, not moodycamel's queue: that one keeps
// order among the items of each producer only, and here a publish that was submitted before another one, by whatever
// thread, must come before it in the log.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <station/log/config.hpp>
#include <station/log/publish.hpp>
#include <station/log/detail/scheduler.hpp>
#include <station/log/detail/topic_state.hpp>
#include <vector>

namespace station::log {

// A list through PublishRequest::next.
struct RequestList {
    PublishRequest* first = nullptr;
    PublishRequest* last = nullptr;

    bool empty() const { return first == nullptr; }
    void push_back(PublishRequest& request);
    PublishRequest& pop_front();
};

class Writer {
  public:
    // All must outlive the writer.
    Writer(TopicState& topic, Scheduler& scheduler, const BusConfig& config, OpenFiles& disk);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();  // after its background jobs

    // Before anything else: takes up where recovery left the files.
    std::error_code open(const RecoveredTopic& recovered);

    // Any thread. An error: the request was not taken, and `done` will not be called.
    std::error_code submit(PublishRequest& request);
    std::error_code submit_and_lead(PublishRequest& request);
    // Any thread; waits for the acknowledgement, and uses `done` for itself.
    std::error_code publish(PublishRequest& request, OnFull on_full);

    // By the scheduler.
    void run();
    void sync_due();

    // No more publishes; waits for those that are queued, then syncs and leaves the index beside the segment.
    std::error_code close();

    std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }

    Writer* next_ready = nullptr;  // the scheduler's

  private:
    struct IndexPoint {
        std::uint64_t position;
        Record record;
    };
    struct Group {
        RequestList finished;  // all their messages are in this group or in groups before it
        std::uint64_t events = 0;
        std::size_t bytes = 0;
        Record last;
        std::vector<IndexPoint> index_points;
    };

    std::error_code check(const PublishRequest& request) const;
    std::error_code enqueue(PublishRequest& request);
    std::error_code take(PublishRequest& request);
    void lead();
    void leave_queue(std::size_t events);
    void wait_for_room();
    void wake_room_waiters();
    bool take_turn() { return !busy_.exchange(true); }
    void end_turn();
    bool has_work() const { return incoming_.load() != nullptr || sync_wanted_.load(); }

    // With the turn.
    bool run_group();
    std::error_code append(GroupBuffer& buffer, Group& group, bool timer);
    void collect();
    std::error_code encode(GroupBuffer& buffer, Group& group);
    void encode_one(GroupBuffer& buffer, Group& group, PublishRequest& request, std::int64_t now);
    std::error_code write(const GroupBuffer& buffer, const Group& group);
    void write_ahead(std::uint64_t end, std::size_t group_bytes);
    std::error_code sync();
    void commit(const Group& group);
    void arm_timer();
    void undo(const Group& group);
    void complete(RequestList& requests, std::error_code error);
    void refuse_backlog(std::error_code error);
    void fail(std::error_code error, std::string_view what);
    void tell_if_full(std::error_code error);
    bool fits(std::size_t size) const;
    std::error_code finish_cut();
    std::error_code rotate();
    std::error_code use_next_file(std::uint32_t number);
    void prepare_next();
    void leave_index();
    template <typename Job, typename Done>
    void in_background(Job job, Done done);
    void seal(Segment& segment, std::uint64_t proven);
    void seal_in_background(std::shared_ptr<Segment> segment, std::uint64_t proven);
    std::int64_t now() const;
    void log(Severity severity, const std::string& text) const;

    TopicState& topic_;
    Scheduler& scheduler_;
    const BusConfig& config_;
    OpenFiles& disk_;

    std::atomic<PublishRequest*> incoming_{nullptr};  // newest first
    std::atomic<std::size_t> queued_{0};              // events not yet acknowledged
    std::atomic<bool> busy_{false};
    std::atomic<bool> sync_wanted_{false};
    std::atomic<bool> closed_{false};

    std::mutex room_mutex_;
    std::condition_variable room_;       // in the queue; once it is closed, also that the turn was given back
    std::atomic<int> room_waiters_{0};

    // Owned by whoever has the turn.
    RequestList backlog_;
    std::shared_ptr<Segment> active_;
    std::unique_ptr<File> file_;
    std::uint64_t written_end_ = 0;  // 0: not even the header is written
    std::uint64_t synced_end_ = 0;
    std::uint64_t zeroed_end_ = 0;  // the file has bytes up to here
    std::size_t zero_step_ = 0;
    std::uint64_t next_offset_ = 0;
    std::uint64_t next_index_at_ = 0;
    std::int64_t last_time_ = 0;
    std::uint64_t unsynced_events_ = 0;
    bool undone_ = false;  // a failed write was taken back, and no sync has made that durable
    bool timer_set_ = false;
    bool told_full_ = false;  // the disk is full, as far as the log was told
    Scheduler::Clock::time_point tell_full_again_;
    bool preparing_ = false;  // the next segment's file was asked for
    std::shared_ptr<TornCut> unfinished_cut_;  // recovery's; before anything is written
    EventIdGenerator ids_;

    std::mutex background_mutex_;  // guards what follows: shared with background jobs
    std::condition_variable background_done_;
    std::unique_ptr<File> prepared_;
    bool preparing_now_ = false;
    int sealing_ = 0;  // segments that are not known to be durable and indexed yet
};

}  // namespace station::log
