// Where events live, behind the doors: the log of this machine (local.hpp), or a replicated one on others. A door asks
// little of a topic: take publishes and tell what became of them, open a cursor, poll it, sleep on it, name the first
// and the next offset. What that means in each call is said in log/topic.hpp and log/cursor.hpp, which had it first:
// every engine keeps those promises, and what it can't do it says in its capabilities.
//
// Topic and Cursor are handles; behind them are virtual calls, one for a batch and never one for an event.
// Any thread may call anything, but for a cursor, which one thread at a time uses.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <station/log/cursor.hpp>
#include <station/log/publish.hpp>
#include <station/log/retention.hpp>
#include <station/log/topic_stats.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace station::engine {

// What not every engine can: the doors refuse it with 501 and `why_not`.
struct Capabilities {
    bool recovery = true;   // Topic::recovery()
    bool retention = true;  // Topic::retain()
    bool deletion = true;   // Engine::delete_topic()
    std::string why_not;    // a sentence for people, where one of them is false
};

// For GET /health.
struct State {
    std::string name;          // "log", "jetstream"
    std::string acknowledged;  // what it proves that an event was acknowledged: a sentence for people
    bool reachable = true;     // publishes can be acknowledged now
    std::string problem;       // where not
};

class AnyCursor {
  public:
    using Limits = log::Cursor::Limits;
    using Batch = log::Cursor::Batch;

    virtual ~AnyCursor() = default;
    AnyCursor(const AnyCursor&) = delete;
    AnyCursor& operator=(const AnyCursor&) = delete;

    virtual std::error_code locate() = 0;
    virtual const log::Start& start() const = 0;
    virtual std::uint64_t position() const = 0;
    virtual std::uint64_t lag() const = 0;
    virtual tl::expected<Batch, std::error_code> poll(const Limits& limits) = 0;
    virtual void bring_in(const Limits& limits) = 0;
    virtual void release() = 0;
    virtual const log::Damage& damage() const = 0;
    virtual void skip_damage() = 0;
    virtual const log::Lost& lost() const = 0;
    virtual void wait(std::function<void()> ready) = 0;
    virtual bool stop_waiting() = 0;

    // Where the engine's cursors can't, each reads for itself.
    using Place = std::shared_ptr<const void>;
    virtual bool has_place() const { return false; }
    virtual Place place() const { return nullptr; }
    virtual void go_on_at(const Place& /*place*/) {}

  protected:
    AnyCursor() = default;
};

class AnyTopic {
  public:
    virtual ~AnyTopic() = default;
    AnyTopic(const AnyTopic&) = delete;
    AnyTopic& operator=(const AnyTopic&) = delete;

    const std::string& name() const { return name_; }
    std::uint32_t stream() const { return stream_; }

    virtual std::uint64_t first_offset() const = 0;
    virtual std::uint64_t next_offset() const = 0;
    virtual log::Condition condition() const = 0;
    virtual bool is_ledger() const { return false; }
    virtual std::string problem() const = 0;  // in words, where the condition is unreadable
    virtual log::TopicStats stats() const = 0;
    virtual const log::RecoveryReport* recovery() const = 0;  // nullptr where the engine has none
    virtual log::Retention retention() const = 0;
    virtual std::error_code retain(const log::Retention& retention) = 0;
    virtual std::error_code submit(log::PublishRequest& request) = 0;
    virtual std::unique_ptr<AnyCursor> subscribe_unlocated(const log::StartFrom& from) = 0;

  protected:
    AnyTopic(std::string name, std::uint32_t stream) : name_(std::move(name)), stream_(stream) {}

  private:
    const std::string name_;
    const std::uint32_t stream_;
};

class Cursor {
  public:
    using Limits = AnyCursor::Limits;
    using Batch = AnyCursor::Batch;
    using Place = AnyCursor::Place;

    explicit Cursor(std::unique_ptr<AnyCursor> its) : its_(std::move(its)) {}

    std::error_code locate() { return its_->locate(); }
    const log::Start& start() const { return its_->start(); }
    std::uint64_t position() const { return its_->position(); }
    std::uint64_t lag() const { return its_->lag(); }
    tl::expected<Batch, std::error_code> poll(const Limits& limits) { return its_->poll(limits); }
    void bring_in(const Limits& limits) { its_->bring_in(limits); }
    void release() { its_->release(); }
    const log::Damage& damage() const { return its_->damage(); }
    void skip_damage() { its_->skip_damage(); }
    const log::Lost& lost() const { return its_->lost(); }
    void wait(std::function<void()> ready) { its_->wait(std::move(ready)); }
    bool stop_waiting() { return its_->stop_waiting(); }
    bool has_place() const { return its_->has_place(); }
    Place place() const { return its_->place(); }
    void go_on_at(const Place& place) { its_->go_on_at(place); }

  private:
    std::unique_ptr<AnyCursor> its_;
};

class Topic {
  public:
    explicit Topic(std::shared_ptr<AnyTopic> its) : its_(std::move(its)) {}

    const std::string& name() const { return its_->name(); }
    std::uint32_t stream() const { return its_->stream(); }
    std::uint64_t first_offset() const { return its_->first_offset(); }
    std::uint64_t next_offset() const { return its_->next_offset(); }
    log::Condition condition() const { return its_->condition(); }
    bool is_ledger() const { return its_->is_ledger(); }  // only a ledger appends to it
    std::string problem() const { return its_->problem(); }
    log::TopicStats stats() const { return its_->stats(); }
    const log::RecoveryReport* recovery() const { return its_->recovery(); }
    log::Retention retention() const { return its_->retention(); }
    std::error_code retain(const log::Retention& retention) const { return its_->retain(retention); }
    std::error_code submit(log::PublishRequest& request) const { return its_->submit(request); }
    Cursor subscribe_unlocated(const log::StartFrom& from) const { return Cursor{its_->subscribe_unlocated(from)}; }

  private:
    std::shared_ptr<AnyTopic> its_;
};

class Engine {
  public:
    virtual ~Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    virtual const Capabilities& capabilities() const = 0;
    virtual State state() const = 0;
    // As log::Bus has them.
    virtual tl::expected<Topic, std::error_code> topic(std::string_view name) = 0;
    virtual std::vector<Topic> topics() const = 0;
    virtual std::error_code delete_topic(std::string_view name) = 0;
    virtual std::error_code shutdown() = 0;
    // From then on, on any thread: a topic that somebody else has made, or whose condition is `deleted` now. An engine
    // that nobody else can change says nothing.
    virtual void on_change(std::function<void(const Topic&)> /*tell*/) {}

  protected:
    Engine() = default;
};

}  // namespace station::engine
