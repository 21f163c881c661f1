#include "subscription.hpp"

#include <algorithm>
#include <station/wire/json_writer.hpp>
#include <utility>

#include "control.hpp"

namespace station::final_station {
namespace {

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{2000};

// What the operating system refused may work the next time; what the log or the station says stays so.
bool is_final(const engine::Topic& topic, std::error_code error) {
    const bool refused = error.category() == std::system_category() || error.category() == std::generic_category();
    return !refused || topic.condition() == log::Condition::unreadable;
}

// A cursor that looks for its place. It belongs to the reader pool, to the mailbox, and then to itself.
class Location final : public ReaderPool::Work {
  public:
    Location(Station& station, const engine::Topic& topic, const log::StartFrom& from,
             std::function<void(Located)> found)
        : station_(station), topic_(topic), cursor_(topic_.subscribe_unlocated(from)), found_(std::move(found)) {}

    void arrived() override {
        const std::unique_ptr<Location> self{this};
        if (!error_) return found_(std::move(cursor_));
        if (!is_final(topic_, error_)) station_.troubles.read_failed(topic_, error_);
        found_(tl::unexpected(error_));
    }

  private:
    void wait_for_disk() noexcept override {
        error_ = topic_.condition() == log::Condition::unreadable ? log::Errc::topic_failed : cursor_.locate();
    }

    Station& station_;
    engine::Topic topic_;
    engine::Cursor cursor_;
    const std::function<void(Located)> found_;
    std::error_code error_;
};

}  // namespace

Subscription::Subscription(IoThread& thread, const engine::Topic& topic, engine::Cursor cursor, SubscriptionPlace place,
                           EventForm form, std::function<void()> on_news)
    : ReaderPool::Work(Haste::can_wait),
      thread_(thread),
      topic_(topic),
      cursor_(std::move(cursor)),
      place_(std::move(place)),
      on_news_(std::move(on_news)),
      form_(form) {}

std::optional<Clock::time_point> Subscription::failing_since() const {
    return retry_ ? std::optional{retry_->since} : std::nullopt;
}

Subscription::Read Subscription::read(const engine::Cursor::Limits& limits) {
    Read result;
    if (state_ != State::awake) return result;
    if (key_ && cursor_.has_place()) {
        result.chunk = thread_.tail.find(*key_, cursor_.position());
        if (result.chunk != nullptr) {
            cursor_.go_on_at(result.chunk->to);
            result.live = std::exchange(live_, false);
            return result;
        }
    }
    engine::Cursor::Limits at_hand = limits;
    at_hand.may_wait = false;
    if (shares()) at_hand.bytes = std::max(limits.bytes, Tail::kBytes);
    const auto batch = cursor_.poll(at_hand);
    if (batch || batch.error() == log::Errc::damaged || batch.error() == log::Errc::retained) retry_.reset();
    if (batch && batch->empty()) {
        sleep();
    } else if (batch) {
        result.events = *batch;
        result.live = std::exchange(live_, false);
    } else if (batch.error() == log::Errc::damaged) {
        result.damage = cursor_.damage();
        cursor_.skip_damage();
    } else if (batch.error() == log::Errc::retained) {
        result.lost = cursor_.lost();
    } else if (batch.error() == log::Errc::not_in_memory) {
        fetch(limits);
    } else if (is_final(topic_, batch.error())) {
        state_ = State::over;
        result.error = batch.error();
    } else {
        thread_.station.troubles.read_failed(topic_, batch.error());
        if (!retry_) result.error = batch.error();
        pause();
    }
    return result;
}

void Subscription::complete(TailChunk& chunk, engine::Cursor::Batch events) const {
    chunk.to = cursor_.place();
    chunk.key = *key_;
    chunk.from = events.front().offset;
    chunk.last_time = events.back().time;
    chunk.events = events.size();
}

void Subscription::sleep() {
    state_ = State::asleep;
    self_ = shared_from_this();
    cursor_.wait([this] { thread_.mailbox.push(*this); });
}

void Subscription::fetch(const engine::Cursor::Limits& limits) {
    lag_ = cursor_.lag();
    position_ = cursor_.position();
    state_ = State::fetching;
    fetching_ = true;
    self_ = shared_from_this();
    fetched_ = limits;
    thread_.station.readers.submit(*this, thread_.mailbox);
}

void Subscription::pause() {
    cursor_.release();
    if (!retry_) retry_ = std::make_unique<Retry>(thread_.io);
    retry_->pause = std::clamp(2 * retry_->pause, kFirstPause, kLongestPause);
    retry_->timer.expires_after(retry_->pause);
    retry_->timer.async_wait([self = shared_from_this()](std::error_code cancelled) {
        if (!cancelled) self->wake();
    });
    state_ = State::pausing;
}

void Subscription::arrived() {
    const auto self = std::move(self_);
    live_ = live_ || state_ == State::asleep;
    fetching_ = false;
    wake();
}

void Subscription::wake() {
    if (state_ == State::over) return;  // end() came first
    state_ = State::awake;
    const auto on_news = on_news_;  // a copy: the connection may end by it, and end() forgets it
    if (on_news) on_news();
}

void Subscription::end() {
    on_news_ = nullptr;
    if (state_ == State::asleep && cursor_.stop_waiting()) self_.reset();
    retry_.reset();  // with its timer
    state_ = State::over;
}

void locate(IoThread& thread, const engine::Topic& topic, const log::StartFrom& from,
            std::function<void(Located)> found) {
    auto location = std::make_unique<Location>(thread.station, topic, from, std::move(found));
    thread.station.readers.submit(*location.release(), thread.mailbox);
}

std::string_view read_error_reason(const engine::Topic& topic, std::error_code error) {
    if (!is_final(topic, error)) return "read_failed";
    if (topic.condition() == log::Condition::unreadable) return "topic_failed";
    return error == log::Errc::closed ? "closed" : reason_of(error);
}

std::string read_error_detail(const engine::Topic& topic, std::error_code error) {
    return topic.condition() == log::Condition::unreadable ? topic.problem() : error.message();
}

std::string read_error_text(const engine::Topic& topic, std::error_code error, std::string_view ref) {
    std::string text;
    wire::JsonWriter json{text};
    json.begin_object().member("type", "error").member("reason", read_error_reason(topic, error));
    json.member("topic", topic.name()).member("detail", read_error_detail(topic, error));
    if (!ref.empty()) json.raw_member("ref", ref);
    json.end_object();
    return text;
}

}  // namespace station::final_station
