#include "local.hpp"

namespace station::engine {
namespace {

class LocalCursor final : public AnyCursor {
  public:
    explicit LocalCursor(log::Cursor cursor) : cursor_(std::move(cursor)) {}

    std::error_code locate() override { return cursor_.locate(); }
    const log::Start& start() const override { return cursor_.start(); }
    std::uint64_t position() const override { return cursor_.position(); }
    std::uint64_t lag() const override { return cursor_.lag(); }
    tl::expected<Batch, std::error_code> poll(const Limits& limits) override { return cursor_.poll(limits); }
    void bring_in(const Limits& limits) override { cursor_.bring_in(limits); }
    void release() override { cursor_.release(); }
    const log::Damage& damage() const override { return cursor_.damage(); }
    void skip_damage() override { cursor_.skip_damage(); }
    const log::Lost& lost() const override { return cursor_.lost(); }
    void wait(std::function<void()> ready) override { cursor_.wait(std::move(ready)); }
    bool stop_waiting() override { return cursor_.stop_waiting(); }
    bool has_place() const override { return cursor_.has_place(); }
    Place place() const override { return cursor_.place(); }
    void go_on_at(const Place& place) override {
        cursor_.go_on_at(*static_cast<const log::Cursor::Place*>(place.get()));
    }

  private:
    log::Cursor cursor_;
};

class LocalTopic final : public AnyTopic {
  public:
    explicit LocalTopic(log::Topic topic) : AnyTopic(topic.name(), topic.stream()), topic_(std::move(topic)) {}

    std::uint64_t first_offset() const override { return topic_.first_offset(); }
    std::uint64_t next_offset() const override { return topic_.next_offset(); }
    log::Condition condition() const override { return topic_.condition(); }
    bool is_ledger() const override { return topic_.is_ledger(); }
    std::string problem() const override { return topic_.problem().message(); }
    log::TopicStats stats() const override { return topic_.stats(); }
    const log::RecoveryReport* recovery() const override { return &topic_.recovery(); }
    log::Retention retention() const override { return topic_.retention(); }
    std::error_code retain(const log::Retention& retention) override { return topic_.retain(retention); }
    std::error_code submit(log::PublishRequest& request) override { return topic_.submit(request); }
    std::unique_ptr<AnyCursor> subscribe_unlocated(const log::StartFrom& from) override {
        return std::make_unique<LocalCursor>(topic_.subscribe_unlocated(from));
    }

  private:
    log::Topic topic_;
};

Topic handle(log::Topic topic) { return Topic{std::make_shared<LocalTopic>(std::move(topic))}; }

class LocalEngine final : public Engine {
  public:
    LocalEngine(log::Bus bus, const log::Durability& durability) : bus_(std::move(bus)), durability_(durability) {}

    const Capabilities& capabilities() const override { return capabilities_; }
    State state() const override {
        State state;
        state.name = "log";
        switch (durability_.mode) {
            case log::Durability::Mode::always: state.acknowledged = "synced to this machine's disk"; break;
            case log::Durability::Mode::batch:
                state.acknowledged = "written, and synced to this machine's disk soon after";
                break;
            case log::Durability::Mode::os:
                state.acknowledged = "written; the operating system syncs it when it likes";
                break;
        }
        return state;
    }
    tl::expected<Topic, std::error_code> topic(std::string_view name) override { return bus_.topic(name).map(handle); }
    std::vector<Topic> topics() const override {
        std::vector<Topic> all;
        for (log::Topic& topic : bus_.topics()) all.push_back(handle(std::move(topic)));
        return all;
    }
    std::error_code delete_topic(std::string_view name) override { return bus_.delete_topic(name); }
    std::error_code shutdown() override { return bus_.shutdown(); }

  private:
    log::Bus bus_;
    const log::Durability durability_;
    const Capabilities capabilities_;
};

}  // namespace

std::unique_ptr<Engine> local(log::Bus bus, const log::Durability& durability) {
    return std::make_unique<LocalEngine>(std::move(bus), durability);
}

}  // namespace station::engine
