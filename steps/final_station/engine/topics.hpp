// The topics of an engine, by name and by stream. Looking one up takes a lock for a moment and waits for no disk;
// making one does, and has a thread of its own, so that no event loop stands still by it.
//
// Any thread may call anything. stop() before the mailboxes of those who wait go.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <station/base/guarded.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <tl/expected.hpp>
#include <vector>

#include "engine.hpp"
#include "mailbox.hpp"
#include "topic_news.hpp"

namespace station::final_station {

class Topics {
  public:
    using Made = tl::expected<engine::Topic, std::error_code>;

    // No more than `most` are made; what is there already may be more.
    Topics(std::unique_ptr<engine::Engine> engine, std::size_t most);
    Topics(const Topics&) = delete;
    Topics& operator=(const Topics&) = delete;
    ~Topics();

    std::optional<engine::Topic> find(std::string_view name) const;
    std::optional<engine::Topic> find(std::uint64_t stream) const;
    std::vector<engine::Topic> all() const;  // by stream
    std::size_t size() const;
    const engine::Engine& engine() const { return *engine_; }
    // In the order in which they became known, each with a number that grows: who has seen all up to one has missed
    // none. Streams are no such numbers, where others make topics, too.
    struct Arrival {
        std::uint64_t number = 0;
        engine::Topic topic;
    };
    std::optional<Arrival> next(std::uint64_t after) const;
    std::uint64_t latest() const;  // the number of the last one that came

    // Has `news` told of each topic that is made, up to leave().
    void tell(TopicNews& news);
    void leave(TopicNews& news) noexcept;

    // Makes the topic where there is none, and waits for the disk. log::Errc::bad_topic_name, too_many_topics(), and
    // what the disk says.
    Made find_or_make(std::string_view name);
    // The same, and does not wait: `done` is called later, on the mailbox's thread.
    void make(std::string name, Mailbox& mailbox, std::function<void(Made)> done);

    // Deletes the topic, which is returned for the last time, and waits for the disk. Also where what is left of its
    // folder can't go now, nobody finds it any more.
    Made remove(const std::string& name);
    // Other work that waits for the disk, on the thread that makes topics; `done` is called later, on the mailbox's.
    using Work = std::function<Made(Topics&)>;
    void carry_out(Work work, Mailbox& mailbox, std::function<void(Made)> done);

    // No topic is made any more: those asked for get log::Errc::closed, by their mailboxes.
    void stop();
    std::error_code shutdown();

  private:
    class Order;

    void add(const engine::Topic& topic);
    void forget(const engine::Topic& topic);
    void run();

    std::unique_ptr<engine::Engine> engine_;
    const std::size_t most_;
    base::Mutex making_;         // who makes topics; taken before mutex_, and never waited for by who holds that
    mutable base::Mutex mutex_;  // held for a look-up, never over I/O
    std::map<std::string, engine::Topic, std::less<>> by_name_ STATION_GUARDED_BY(mutex_);
    // No vector: a stream's number comes from the disk, and says nothing of how many there are.
    std::map<std::uint64_t, engine::Topic> by_stream_ STATION_GUARDED_BY(mutex_);
    std::map<std::uint64_t, engine::Topic> by_arrival_ STATION_GUARDED_BY(mutex_);
    std::uint64_t arrivals_ STATION_GUARDED_BY(mutex_) = 0;
    std::vector<TopicNews*> told_ STATION_GUARDED_BY(mutex_);

    std::mutex orders_mutex_;
    std::condition_variable ordered_;
    std::deque<std::unique_ptr<Order>> orders_;
    bool stopped_ = false;
    std::thread maker_;  // from the first order on
};

}  // namespace station::final_station
