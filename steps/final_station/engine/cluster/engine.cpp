#include "engine.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <station/base/guarded.hpp>
#include <station/log/config.hpp>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/error.hpp"
#include "engine/jetstream/connection.hpp"
#include "engine/jetstream/stream.hpp"
#include "topic.hpp"

namespace station::engine {
namespace {

constexpr std::chrono::seconds kLookEvery{2};
constexpr std::chrono::seconds kElection{15};  // while the cluster elects a leader it answers nothing of its streams

using TopicPointer = std::shared_ptr<ClusterTopic>;

// The streams are looked at every other second: others make topics, too, and a topic that this station only reads has
// an end that moves. Asking waits, which is what the thread is for.
class ClusterEngine final : public Engine {
  public:
    ClusterEngine(ClusterOptions options, std::shared_ptr<jetstream::Connection> connection)
        : options_(std::move(options)), connection_(std::move(connection)) {
        capabilities_.recovery = capabilities_.retention = capabilities_.deletion = false;
        capabilities_.why_not = "events live in NATS JetStream here, whose own tools do that";
    }
    ~ClusterEngine() override { stop_looking(); }

    const Capabilities& capabilities() const override { return capabilities_; }
    State state() const override;
    tl::expected<Topic, std::error_code> topic(std::string_view name) override;
    std::vector<Topic> topics() const override;
    std::error_code delete_topic(std::string_view) override { return Errc::not_supported; }
    std::error_code shutdown() override;
    void on_change(std::function<void(const Topic&)> tell) override;

    // Before anything else: the topics that are there. Whatever keeps it from it, in words.
    std::string begin();

  private:
    log::Result<TopicPointer> open(std::string_view name, bool make);
    TopicPointer find(std::string_view name) const;
    std::vector<TopicPointer> all() const;
    std::error_code look();
    void look_at(const jetstream::NamedStream& stream);
    void look_for(const TopicPointer& topic);
    void tell(const TopicPointer& topic) const;
    void look_on();
    void stop_looking();

    const ClusterOptions options_;
    const std::shared_ptr<jetstream::Connection> connection_;
    Capabilities capabilities_;
    base::Mutex opening_;  // who opens a stream; taken before mutex_
    mutable base::Mutex mutex_;
    std::map<std::string, TopicPointer, std::less<>> topics_ STATION_GUARDED_BY(mutex_);
    std::set<std::string, std::less<>> foreign_ STATION_GUARDED_BY(mutex_);  // streams that are no topic's, told once
    std::function<void(const Topic&)> tell_ STATION_GUARDED_BY(mutex_);
    std::uint32_t last_number_ STATION_GUARDED_BY(mutex_) = 1;  // the first topic's
    unsigned replicas_ STATION_GUARDED_BY(mutex_) = 1;          // the fewest of all topics

    std::mutex stop_mutex_;
    std::condition_variable stopping_;
    bool stopped_ = false;
    std::thread looking_;
};

std::string ClusterEngine::begin() {
    const auto until = std::chrono::steady_clock::now() + kElection;
    std::error_code error = look();
    while (error == Errc::unavailable && std::chrono::steady_clock::now() < until) error = look();
    if (error) return "the cluster's streams can't be listed: " + error.message();
    if (const auto first = open(options_.first_topic, true); !first) return first.error().message();
    looking_ = std::thread{[this] { look_on(); }};
    return {};
}

State ClusterEngine::state() const {
    State state;
    state.name = "jetstream";
    unsigned replicas = 1;
    {
        const base::Lock lock{mutex_};
        replicas = replicas_;
    }
    state.acknowledged =
        (replicas > 1 ? "stored by a majority of " + std::to_string(replicas) + " replicas" : "stored by one server") +
        std::string{", each of which syncs by a timer (sync_interval of nats-server)"};
    const auto known = all();
    const bool silent = std::ranges::any_of(known, [](const TopicPointer& topic) { return !topic->is_available(); });
    state.reachable = connection_->is_connected() && !silent;
    if (!connection_->is_connected()) state.problem = "no node can be reached";
    if (state.problem.empty() && silent) state.problem = "JetStream gives no answer: too few nodes, or an election";
    return state;
}

tl::expected<Topic, std::error_code> ClusterEngine::topic(std::string_view name) {
    auto opened = open(name, true);
    if (!opened) return tl::unexpected(in_words(opened.error().code));
    return Topic{*std::move(opened)};
}

log::Result<TopicPointer> ClusterEngine::open(std::string_view name, bool make) {
    if (!log::is_topic_name(name)) return log::failed(log::Errc::bad_topic_name, name);
    const base::Lock one_at_a_time{opening_};
    const auto there = find(name);
    if (there != nullptr && there->condition() != log::Condition::deleted) return there;
    jetstream::StreamWish wish;
    wish.replicas = options_.replicas;
    wish.make = make;
    const auto stream = jetstream::open_stream(*connection_, name, wish);
    if (!stream) {
        if (stream.error().code == jetstream::Errc::other_settings) {
            connection_->say(log::Severity::error, stream.error().message());
        }
        return tl::unexpected(stream.error());
    }
    jetstream::AppenderConfig config;
    config.max_events = options_.queue_capacity;
    if (there != nullptr) tell(there);
    const base::Lock lock{mutex_};
    const std::uint32_t number = name == options_.first_topic ? 1 : last_number_ + 1;
    auto topic = std::make_shared<ClusterTopic>(connection_, std::string{name}, number, *stream, config);
    topics_.insert_or_assign(std::string{name}, topic);
    last_number_ = std::max(last_number_, number);
    replicas_ = topics_.size() == 1 ? stream->replicas : std::min(replicas_, stream->replicas);
    return topic;
}

TopicPointer ClusterEngine::find(std::string_view name) const {
    const base::Lock lock{mutex_};
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : found->second;
}

std::vector<TopicPointer> ClusterEngine::all() const {
    const base::Lock lock{mutex_};
    std::vector<TopicPointer> all;
    for (const auto& [name, topic] : topics_) all.push_back(topic);
    return all;
}

std::vector<Topic> ClusterEngine::topics() const {
    std::vector<Topic> topics;
    for (TopicPointer& topic : all()) topics.emplace_back(std::move(topic));
    return topics;
}

void ClusterEngine::on_change(std::function<void(const Topic&)> tell) {
    const base::Lock lock{mutex_};
    tell_ = std::move(tell);
}

void ClusterEngine::tell(const TopicPointer& topic) const {
    std::function<void(const Topic&)> to;
    {
        const base::Lock lock{mutex_};
        to = tell_;
    }
    if (to) to(Topic{topic});
}

std::error_code ClusterEngine::look() try {
    const auto streams = jetstream::list_streams(*connection_);
    if (!streams) return in_words(streams.error().code);
    for (const jetstream::NamedStream& stream : *streams) look_at(stream);
    for (const TopicPointer& topic : all()) {
        const auto found = std::ranges::find(*streams, topic->name(), &jetstream::NamedStream::topic);
        if (found == streams->end()) look_for(topic);
    }
    return {};
} catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
}

void ClusterEngine::look_at(const jetstream::NamedStream& stream) {
    if (const auto topic = find(stream.topic)) return topic->seen(stream.state);
    {
        const base::Lock lock{mutex_};
        if (foreign_.contains(stream.topic)) return;
    }
    const auto opened = open(stream.topic, false);
    if (opened) return tell(*opened);
    const base::Lock lock{mutex_};
    if (opened.error().code == jetstream::Errc::other_settings) foreign_.insert(stream.topic);
}

// A topic that was not in the list. That alone says little: a list lacks the streams that have no leader now.
void ClusterEngine::look_for(const TopicPointer& topic) {
    const auto stream = jetstream::stream_state(*connection_, topic->name());
    if (stream || stream.error().code != jetstream::Errc::no_stream) return;
    connection_->say(log::Severity::warning, "topic " + topic->name() + ": its stream was deleted");
    {
        const base::Lock lock{mutex_};
        topics_.erase(topic->name());
    }
    topic->gone();
    tell(topic);
}

void ClusterEngine::look_on() {
    std::unique_lock lock{stop_mutex_};
    while (!stopping_.wait_for(lock, kLookEvery, [this] { return stopped_; })) {
        lock.unlock();
        (void)look();  // the next time, perhaps
        lock.lock();
    }
}

void ClusterEngine::stop_looking() {
    {
        const std::lock_guard lock{stop_mutex_};
        stopped_ = true;
    }
    stopping_.notify_all();
    if (looking_.joinable()) looking_.join();
}

std::error_code ClusterEngine::shutdown() {
    stop_looking();
    for (const TopicPointer& topic : all()) topic->shut_down();
    return {};
}

}  // namespace

tl::expected<std::unique_ptr<Engine>, std::string> open_cluster(ClusterOptions options) {
    auto urls = jetstream::parse_urls(options.urls);
    if (!urls) return tl::unexpected("--engine: " + urls.error());
    jetstream::Config config;
    config.urls = std::move(*urls);
    config.credentials = options.credentials;
    config.prefix = options.prefix;
    config.logger = options.logger;
    auto connection = jetstream::Connection::open(std::move(config));
    if (!connection) return tl::unexpected(connection.error().message());
    auto engine = std::make_unique<ClusterEngine>(std::move(options), *std::move(connection));
    if (const std::string problem = engine->begin(); !problem.empty()) return tl::unexpected(problem);
    return engine;
}

}  // namespace station::engine
