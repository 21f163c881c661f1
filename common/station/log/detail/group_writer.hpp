// Group commit: all that waits is encoded into one buffer, written once, synced once; then the watermark moves once,
// and every publish of the group is answered. What waits while one group is under way is the next one.
//
// Belongs to whoever has the writer's turn.
#pragma once

#include <cstdint>
#include <station/log/detail/admission.hpp>
#include <station/log/detail/scheduler.hpp>
#include <station/log/detail/topic_voice.hpp>
#include <station/log/detail/writer_files.hpp>
#include <station/log/record.hpp>
#include <vector>

namespace station::log {

class GroupWriter {
  public:
    // All must outlive it.
    GroupWriter(TopicState& topic, const TopicVoice& voice, Admission& admission, WriterFiles& files,
                Scheduler& scheduler, const BusConfig& config);

    // Before anything else: where the log goes on.
    void open(const RecoveredTopic& recovered);

    // Writes one group of what waits, and syncs what is due. False where there was nothing to do.
    bool run(Writer& writer);
    bool backlog() const { return !backlog_.empty(); }
    // Makes all that is written durable, whatever the bus promises.
    std::error_code sync();
    std::int64_t now() const;

  private:
    struct IndexPoint {
        std::uint64_t position;
        Record record;
    };
    struct Group {
        RequestList finished;  // all their messages are in this group or in groups before it, or refused
        std::uint64_t events = 0;
        std::size_t bytes = 0;
        Record last;
        std::vector<IndexPoint> index_points;
    };

    std::error_code append(GroupBuffer& buffer, Group& group, bool timer);
    std::error_code encode(GroupBuffer& buffer, Group& group);
    void encode_request(GroupBuffer& buffer, Group& group, PublishRequest& request, std::int64_t now);
    bool in_order(const Stamp& stamp, std::uint64_t offset) const;
    bool sync_is_due(bool timer) const;
    void commit(const Group& group);
    void acknowledge(const Group& group);
    void settle(Group& group, std::error_code error);
    void complete(RequestList& requests, std::error_code error);
    void refuse_backlog(std::error_code error);
    void arm_timer(Writer& writer);
    void tell_if_full(std::error_code error);
    void tell_if_ahead(std::int64_t now);

    TopicState& topic_;
    const TopicVoice& voice_;
    Admission& admission_;
    WriterFiles& files_;
    Scheduler& scheduler_;
    const BusConfig& config_;

    RequestList backlog_;
    std::uint64_t next_offset_ = 0;
    std::uint64_t next_index_at_ = 0;
    std::int64_t last_time_ = 0;  // of the last event, which may be in the group under way
    EventId last_id_;
    EventIdGenerator ids_;
    bool timer_set_ = false;
    bool told_full_ = false;  // the disk is full, as far as the log was told
    Scheduler::Clock::time_point tell_full_again_;
    std::int64_t tell_ahead_again_ = 0;  // by the topic's clock
};

}  // namespace station::log
