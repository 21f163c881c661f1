#include "appender_impl.hpp"

#include <algorithm>
#include <station/base/numbers.hpp>
#include <station/base/timestamp.hpp>
#include <utility>

#include "api.hpp"
#include "engine/jetstream/message.hpp"

namespace station::jetstream {
namespace {

constexpr std::size_t kMaxInFlight = 4096;
constexpr std::size_t kMaxBytesInFlight = std::size_t{4} << 20;
constexpr std::chrono::seconds kCareful{2};
constexpr std::chrono::milliseconds kSilence{1000};  // after which the stream is looked at
constexpr std::chrono::milliseconds kPause{100};     // where the recovery before has not helped

std::size_t bytes_of(const log::Message& message) { return message.payload.size() + message.headers.size(); }

std::size_t bytes_of(const log::PublishRequest& request) {
    std::size_t bytes = 0;
    for (const log::Message& message : request.messages) bytes += bytes_of(message);
    return bytes;
}

}  // namespace

Appender::Impl::Impl(std::shared_ptr<Connection> connection, std::string_view topic, const StreamState& stream,
                     const AppenderConfig& config)
    : connection_(std::move(connection)),
      topic_(topic),
      subject_(subject_of(connection_->config().prefix, topic)),
      base_(stream.base),
      config_(config),
      token_(connection_->loop()->new_token()),
      inbox_(connection_->loop()->inbox() + "." + token_),
      tail_reader_(*connection_, topic, inbox_ + ".tail"),
      confirmed_shown_(stream.last),
      writer_(connection_->writer()) {}

void Appender::Impl::begin() {
    const auto& loop = connection_->loop();
    loop->add(token_, weak_from_this());
    loop->run([this] { tail_reader_.begin(0, TailReader::Depth::last_event, Clock::now(), {}); });
}

std::error_code Appender::Impl::submit(log::PublishRequest& request) {
    request.acknowledged = 0;
    if (request.messages.empty()) {
        request.done(request, {});
        return {};
    }
    if (is_fenced()) return Errc::fenced;
    const std::size_t bytes = bytes_of(request);
    {
        const std::lock_guard lock{mutex_};
        if (is_closed_) return log::Errc::closed;
        // One request always fits, however large.
        const bool is_full =
            events_ + request.messages.size() > config_.max_events || bytes_ + bytes > config_.max_bytes;
        if (is_full && events_ > 0) return log::Errc::queue_full;
        events_ += request.messages.size();
        bytes_ += bytes;
        incoming_.push_back(&request);
        if (incoming_.size() > 1) return {};
    }
    connection_->loop()->wake(shared_from_this());
    return {};
}

void Appender::Impl::close() {
    {
        const std::lock_guard lock{mutex_};
        is_closed_ = true;
    }
    take(Clock::now());
    fail_all(log::Errc::closed);
}

void Appender::Impl::take(Clock::time_point now) {
    std::vector<log::PublishRequest*> fresh;
    {
        const std::lock_guard lock{mutex_};
        fresh.swap(incoming_);
    }
    for (log::PublishRequest* request : fresh) {
        taken_.push_back({request, request->messages.size(), {}});
        for (std::size_t i = 0; i < request->messages.size(); ++i) {
            Item item;
            item.taken = &taken_.back();
            item.index = i;
            item.bytes = bytes_of(request->messages[i]);
            item.taken_at = now;
            items_.push_back(item);
        }
    }
    if (!fresh.empty() && is_fenced()) fail_all(Errc::fenced);
}

bool Appender::Impl::has_room() const {
    // Others write, too, or it is not known yet whether anything gets through.
    if (recoveries_ > 0 || Clock::now() < careful_until_) return in_flight_ == 0;
    return in_flight_ < kMaxInFlight && (in_flight_ == 0 || bytes_in_flight_ < kMaxBytesInFlight);
}

void Appender::Impl::send_some(Clock::time_point now) {
    if (tail_reader_.is_reading() || is_fenced()) return;
    while (sent_ < items_.size() && has_room()) {
        Item& item = items_[sent_];
        if (item.is_decided()) {
            // It was too large, or came too late, and stands between others.
        } else if (item.taken->error) {
            decide(item, State::failed, item.taken->error);
        } else if (!send_one(item, front_number_ + sent_)) {
            return recover(now);
        }
        ++sent_;
    }
}

// Its id and time, which it keeps however often it is sent.
void Appender::Impl::name(Item& item) {
    const log::Stamp* const stamp = item.message().stamp;
    item.time = stamp != nullptr && stamp->time ? *stamp->time : std::max(base::unix_nanos(), last_time_);
    item.id = stamp != nullptr && stamp->id ? *stamp->id : ids_.next(item.time);
    last_time_ = item.time;
    item.has_id = true;
}

NativeMessage Appender::Impl::encoded(Item& item, std::uint64_t number) {
    const log::Message& message = item.message();
    if (!item.has_id) name(item);
    if (message.stamp != nullptr && message.stamp->offset && *message.stamp->offset != expected_ + base_) {
        decide(item, State::failed, log::Errc::out_of_order);
        return {};
    }
    const auto fields =
        encode(item.id, item.time, writer_, message.headers, message.payload.size(), connection_->max_payload());
    if (!fields) {
        decide(item, State::failed, fields.error());
        return {};
    }
    const std::string reply = inbox_ + ".p." + std::to_string(epoch_) + "." + std::to_string(number);
    natsMsg* native = nullptr;
    const std::string_view payload = log::as_text(message.payload);
    auto status =
        natsMsg_Create(&native, subject_.c_str(), reply.c_str(), payload.data(), static_cast<int>(payload.size()));
    NativeMessage made{native};
    for (const auto& [field, value] : *fields) {
        if (status == NATS_OK) status = natsMsgHeader_Set(native, field.c_str(), value.c_str());
    }
    if (status == NATS_OK) {
        status = natsMsgHeader_Set(native, std::string{kExpectedField}.c_str(), std::to_string(expected_).c_str());
    }
    if (status != NATS_OK) throw std::bad_alloc{};
    return made;
}

// False: the connection does not take it.
bool Appender::Impl::send_one(Item& item, std::uint64_t number) {
    const NativeMessage message = encoded(item, number);
    if (!message) return true;
    if (send(*connection_, *message)) return false;
    item.state = State::in_flight;
    item.sequence = ++expected_;
    ++in_flight_;
    bytes_in_flight_ += item.bytes;
    return true;
}

void Appender::Impl::arrived(const natsMsg& message, std::string_view what) {
    const auto now = Clock::now();
    const std::string_view kind = next_token(what);
    if (kind == "tail") {
        const auto tail = tail_reader_.arrived(what, body_of(message), now);
        if (tail) resolve(*tail, now);
        return;
    }
    if (kind != "p") return;
    const auto epoch = base::parse_number<std::uint64_t>(next_token(what));
    const auto number = base::parse_number<std::uint64_t>(what);
    if (epoch == epoch_ && number) answered(*number, message, now);
}

void Appender::Impl::answered(std::uint64_t number, const natsMsg& message, Clock::time_point now) {
    if (number < front_number_ || number - front_number_ >= sent_) return;
    Item& item = items_[number - front_number_];
    if (item.state != State::in_flight) return;
    const PublishAnswer said = parse_publish_answer(body_of(message));
    // A node may know an id of something that it has thrown away since: of "known already" the stream itself is
    // asked. A copy meets what another copier of the same topic has stored, and is compared in the end.
    const bool is_sure = said.sequence == item.sequence && (!said.is_duplicate || config_.alone);
    if (!is_sure) return recover(now);
    last_progress_ = now;
    recoveries_ = 0;
    is_available_.store(true, std::memory_order_release);
    decide(item, State::stored);
}

void Appender::Impl::decide(Item& item, State state, std::error_code error) {
    if (item.state == State::in_flight) {
        --in_flight_;
        bytes_in_flight_ -= item.bytes;
    }
    item.state = state;
    item.error = error;
    // What is behind it in its request would be out of order.
    if (error && !item.taken->error) item.taken->error = error;
}

// Nothing is sent before the stream's tail is known; answers to what is in flight count for nothing.
void Appender::Impl::recover(Clock::time_point now) {
    if (tail_reader_.is_reading()) return;
    ++epoch_;
    const auto depth = in_flight_ > 0 ? TailReader::Depth::all : TailReader::Depth::last_event;
    const auto pause = recoveries_ == 0 ? std::chrono::milliseconds{0} : kPause;
    ++recoveries_;
    connection_->say(log::Severity::info, topic_ + ": the stream's end is read, and what it has not is sent again");
    tail_reader_.begin(confirmed_, depth, now, pause);
}

void Appender::Impl::open_at(const TailReader::Tail& tail) {
    is_open_ = true;
    if (tail.events.empty()) return;
    const TailReader::Event& last = tail.events.back();
    ids_.continue_after(last.id);
    if (!last.writer) careful_until_ = Clock::now() + kCareful;
    if (!last.writer || *last.writer < writer_) return;
    // A clock that was set back must not make this writer the older one.
    log::EventIdGenerator younger;
    younger.continue_after(*last.writer);
    writer_ = younger.next(base::unix_nanos());
}

// One event of the tail; `from` is the first of what was sent that can still be in it.
void Appender::Impl::judge(const TailReader::Event& event, std::size_t& from, Clock::time_point now) {
    if (!event.writer || *event.writer != writer_) {
        careful_until_ = now + kCareful;
        if (event.writer && *event.writer > writer_) return fence("a younger station writes to it");
        if (config_.alone) return fence("another program writes to it");
        return;
    }
    for (std::size_t i = from; i < sent_; ++i) {
        if (!items_[i].has_id || items_[i].id != event.id) continue;
        for (; from < i; ++from) {
            if (!items_[from].is_decided()) decide(items_[from], State::failed, Errc::overtaken);
        }
        items_[i].sequence = event.sequence;
        if (items_[i].state != State::stored) decide(items_[i], State::stored);
        from = i + 1;
        return;
    }
}

void Appender::Impl::resolve(const TailReader::Tail& tail, Clock::time_point now) {
    if (!is_open_) {
        open_at(tail);
    } else {
        std::size_t from = 0;
        for (const TailReader::Event& event : tail.events) {
            judge(event, from, now);
            if (is_fenced()) return;
        }
    }
    // What is behind the last one that was found is sent again.
    const auto sent = items_.begin() + static_cast<std::ptrdiff_t>(sent_);
    const auto first = std::find_if(items_.begin(), sent, [](const Item& item) { return !item.is_decided(); });
    for (auto item = first; item != sent; ++item) {
        if (!item->is_decided()) decide(*item, State::waiting);
    }
    sent_ = static_cast<std::size_t>(first - items_.begin());
    confirmed_ = tail.last;
    expected_ = tail.last;
    confirmed_shown_.store(confirmed_, std::memory_order_release);
    last_resolved_ = now;
    is_available_.store(true, std::memory_order_release);
}

void Appender::Impl::fence(const char* why) {
    connection_->say(log::Severity::error, topic_ + ": no more is published: " + why);
    is_fenced_.store(true, std::memory_order_release);
    fail_all(Errc::fenced);
}

void Appender::Impl::fail_all(std::error_code error) {
    for (Item& item : items_) {
        if (!item.is_decided()) decide(item, State::failed, error);
    }
    sent_ = items_.size();
    answer();
}

void Appender::Impl::finish(const Item& item) {
    Taken& taken = *item.taken;
    log::PublishRequest& request = *taken.request;
    if (item.state == State::stored) {
        confirmed_ = std::max(confirmed_, item.sequence);
        if (!taken.error) {
            if (request.receipts != nullptr) {
                request.receipts[item.index] = {item.sequence - 1 + base_, item.id, item.time, 0};
            }
            ++request.acknowledged;
        }
    }
    if (--taken.left > 0) return;
    {
        const std::lock_guard lock{mutex_};
        events_ -= request.messages.size();
        bytes_ -= bytes_of(request);
    }
    const std::error_code error = taken.error;
    taken_.pop_front();
    confirmed_shown_.store(confirmed_, std::memory_order_release);
    request.done(request, error);
}

void Appender::Impl::answer() {
    while (!items_.empty() && items_.front().is_decided()) {
        const Item item = items_.front();
        items_.pop_front();
        ++front_number_;
        if (sent_ > 0) --sent_;
        finish(item);
    }
}

// Where nobody has said anything for too long, who has waited longest is told so.
void Appender::Impl::expire(Clock::time_point now) {
    if (config_.waits_for_ever) return;
    const auto patience = connection_->config().patience;
    bool was_in_flight = false;
    for (Item& item : items_) {
        if (item.is_decided()) continue;
        if (now - std::max(item.taken_at, last_progress_) < patience) break;
        was_in_flight = was_in_flight || item.state == State::in_flight;
        is_available_.store(false, std::memory_order_release);
        decide(item, State::failed, Errc::unavailable);
    }
    if (was_in_flight) recover(now);
}

void Appender::Impl::settled(Clock::time_point now) {
    take(now);
    answer();
    send_some(now);
    answer();
}

void Appender::Impl::tick(Clock::time_point now) {
    tail_reader_.tick(now);
    expire(now);
    const bool is_silent =
        in_flight_ > 0 && now - std::max({last_progress_, last_resolved_, items_[0].taken_at}) > kSilence;
    if (is_silent) recover(now);
    settled(now);
}

void Appender::Impl::reconnected() {
    const auto now = Clock::now();
    tail_reader_.again(now);
    if (in_flight_ > 0) recover(now);
}

}  // namespace station::jetstream
