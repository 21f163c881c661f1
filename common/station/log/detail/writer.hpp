// The one writer of a topic: it alone changes the topic's files. Requests come in from any thread (admission.hpp);
// whoever holds the writer's turn takes all that is waiting and writes it as one group (group_writer.hpp) to the active
// segment (writer_files.hpp).
//
// The turn goes to the bus's threads, or, where nobody has it, to the thread that publishes and waits: a lone publisher
// then pays for no switch between threads (LevelDB's writers lead their groups in the same way).
#pragma once

#include <station/base/guarded.hpp>
#include <station/base/one_shot.hpp>
#include <station/log/config.hpp>
#include <station/log/detail/admission.hpp>
#include <station/log/detail/group_writer.hpp>
#include <station/log/detail/scheduler.hpp>
#include <station/log/detail/topic_voice.hpp>
#include <station/log/detail/writer_files.hpp>
#include <station/log/publish.hpp>
#include <vector>

namespace station::log {

class Writer {
  public:
    // All must outlive the writer.
    Writer(TopicState& topic, Scheduler& scheduler, const BusConfig& config, OpenFiles& files);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Before anything else: takes up where recovery left the files.
    std::error_code open(const RecoveredTopic& recovered);

    // Any thread. An error: the request was not taken, and `done` will not be called. Somebody must write it: lead(),
    // or write_soon().
    std::error_code submit(PublishRequest& request);
    // Any thread: writes a group of what waits, unless somebody is about to.
    void lead();
    // Any thread: one of the bus's threads will write what waits.
    void write_soon();
    // Any thread; waits for the acknowledgement, and uses `done` for itself.
    std::error_code publish(PublishRequest& request, OnFull on_full);

    // Any thread; waits until all that was acknowledged before is durable, whatever the bus promises.
    std::error_code sync();

    // By the scheduler.
    void run();
    void sync_due();

    // No more publishes; waits for those that are queued, then syncs and leaves the index beside the segment.
    std::error_code close();
    // The same, of a topic whose condition says that it is deleted: nothing is synced, no file is touched any more, and
    // no thread of the scheduler comes to it. Not from `done` of one of its requests.
    void abandon();

    std::size_t queued() const { return admission_.queued(); }

    // The scheduler's:
    Writer* next_ready = nullptr;
    int threads_inside = 0;  // of run() and sync_due()

  private:
    struct SyncWaiter {
        base::OneShot done;
        std::error_code error;
    };

    void pass_turn();
    void answer_sync_waiters();

    TopicState& topic_;
    Scheduler& scheduler_;
    const TopicVoice voice_;
    Admission admission_;
    WriterFiles files_;
    GroupWriter group_;
    base::Mutex sync_mutex_;
    std::vector<SyncWaiter*> sync_waiters_ STATION_GUARDED_BY(sync_mutex_);
    bool closed_ STATION_GUARDED_BY(sync_mutex_) = false;  // nobody will answer who waits for a sync
};

}  // namespace station::log
