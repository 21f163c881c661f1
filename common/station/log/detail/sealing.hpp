// What happens to a topic's segments behind and before its writer's back: full ones are made final and get their index,
// the next one's file is made ahead. Nobody waits for it but a rotation that needs it.
//
// What can't be done for want of a descriptor, memory or room is tried again; a sync that failed is final.
//
// Any thread; the jobs run on the scheduler's.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <station/log/detail/open_files.hpp>
#include <station/log/detail/scheduler.hpp>
#include <station/log/detail/segment.hpp>
#include <station/log/detail/topic_voice.hpp>
#include <vector>

namespace station::log {

class Sealing {
  public:
    // All must outlive it.
    Sealing(TopicState& topic, const TopicVoice& voice, Scheduler& scheduler, OpenFiles& files)
        : topic_(topic), voice_(voice), scheduler_(scheduler), files_(files) {}
    Sealing(const Sealing&) = delete;
    Sealing& operator=(const Sealing&) = delete;
    ~Sealing();  // after its jobs

    // Room for one more, so that seal() can't fail. May throw std::bad_alloc.
    void expect_one();
    // All of the segment before `proven` is durable.
    void seal(std::shared_ptr<Segment> segment, std::uint64_t proven) noexcept;
    // Waits until all are durable, and indexed as far as that can be done now. An error: one is not durable.
    std::error_code wait_for_seals();

    void prepare(std::uint32_t number) noexcept;
    // Waits for a prepare() that has begun; one that has not is called off. True: the file is there, empty, and its
    // name is durable.
    bool prepared(std::uint32_t number);

  private:
    struct Full {
        std::shared_ptr<Segment> segment;
        std::uint64_t proven = 0;
        bool durable = false;
    };

    void work_soon() noexcept;
    void try_again_later() noexcept;
    void work() noexcept;
    std::error_code finish(Full& full) noexcept;
    void put_off(const Full& full, std::error_code error) noexcept;
    bool all_durable() const;
    void prepare_now() noexcept;
    bool make(std::uint32_t number) noexcept;
    void end_job() noexcept;

    TopicState& topic_;
    const TopicVoice& voice_;
    Scheduler& scheduler_;
    OpenFiles& files_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Full> full_;  // oldest first; what is in work is the first one
    int jobs_ = 0;            // under way, or to come
    bool working_ = false;
    std::error_code stuck_;         // what the last try wanted and did not get
    bool told_ = false;             // of that
    bool trying_again_ = false;     // a timer is set: one is enough, however often it gets stuck
    std::uint32_t to_prepare_ = 0;  // 0: none
    bool preparing_ = false;
    std::uint32_t prepared_ = 0;  // 0: none
};

}  // namespace station::log
