#include <algorithm>
#include <station/base/numbers.hpp>
#include <station/base/timestamp.hpp>
#include <station/log/cursor.hpp>
#include <station/log/detail/scan.hpp>
#include <station/log/detail/topic_entry.hpp>
#include <utility>

#include <station/log/detail/cursor_impl.hpp>

namespace station::log {

StartFrom StartFrom::offset(std::uint64_t offset, Edge edge) {
    return StartFrom{Target{Target::By::offset, offset, 0, {}, edge == Edge::exclusive}};
}

StartFrom StartFrom::time(std::int64_t unix_nanos, Edge edge) {
    return StartFrom{Target{Target::By::time, 0, unix_nanos, {}, edge == Edge::exclusive}};
}

StartFrom StartFrom::event(const EventId& id, Edge edge) {
    return StartFrom{Target{Target::By::id, 0, 0, id, edge == Edge::exclusive}};
}

tl::expected<StartFrom, StartFrom::Problem> StartFrom::parse(std::string_view text, Edge edge) {
    if (text == "beginning") return beginning();
    if (text == "now") return now();
    const std::string_view kind = text.substr(0, text.find(':'));
    const std::string_view value = text.substr(std::min(kind.size() + 1, text.size()));
    if (kind == "time" || kind == "ago") {
        const auto nanos = base::parse_time(kind == "ago" ? text : value, base::unix_nanos());
        if (nanos) return time(*nanos, edge);
        return tl::unexpected(Problem{true, std::string{value} + ": " + nanos.error()});
    }
    if (kind == "offset") {
        if (const auto number = base::parse_number<std::uint64_t>(value)) return offset(*number, edge);
    } else if (kind == "event") {
        if (const auto id = EventId::from_text(value)) return event(*id, edge);
    }
    return tl::unexpected(Problem{false, "expected beginning, now, offset:N, time:T, ago:5m or event:UUID"});
}

Cursor::Cursor(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

std::error_code Cursor::locate() { return impl_->locate(); }
const Start& Cursor::start() const { return impl_->start(); }
std::uint64_t Cursor::position() const { return impl_->position(); }

std::uint64_t Cursor::lag() const {
    const std::uint64_t next = impl_->topic().next_offset.load(std::memory_order_acquire);
    return next > impl_->position() ? next - impl_->position() : 0;
}

tl::expected<Cursor::Batch, std::error_code> Cursor::poll(const Limits& limits) { return impl_->poll(limits); }
void Cursor::bring_in(const Limits& limits) { impl_->bring_in(limits); }

tl::expected<Cursor::Batch, std::error_code> Cursor::next_batch(const Limits& limits,
                                                                std::optional<std::chrono::nanoseconds> timeout) {
    std::optional<std::chrono::steady_clock::time_point> deadline;
    const auto now = std::chrono::steady_clock::now();
    // A time that the clock can't show is as good as never.
    if (timeout && *timeout < std::chrono::steady_clock::time_point::max() - now) deadline = now + *timeout;
    for (;;) {
        auto batch = impl_->poll(limits);
        if (!batch || !batch->empty()) return batch;
        if (!impl_->sleep_until(deadline)) return tl::unexpected(make_error_code(Errc::timed_out));
    }
}

tl::expected<EventView, std::error_code> Cursor::next(std::optional<std::chrono::nanoseconds> timeout) {
    const auto batch = next_batch(Limits{.events = 1}, timeout);
    if (!batch) return tl::unexpected(batch.error());
    return batch->front();
}

void Cursor::release() { impl_->release(); }
const Damage& Cursor::damage() const { return impl_->damage(); }
const Lost& Cursor::lost() const { return impl_->lost(); }
std::shared_ptr<const Cursor::Place> Cursor::place() const { return impl_->place(); }
bool Cursor::has_place() const { return impl_->has_place(); }
void Cursor::go_on_at(const Place& place) { impl_->go_on_at(place); }
void Cursor::skip_damage() { impl_->skip_damage(); }
void Cursor::cancel() { impl_->cancel(); }
void Cursor::cancel(Impl& impl) { impl.cancel(); }
void Cursor::wait(std::function<void()> ready) { impl_->wait(std::move(ready)); }
bool Cursor::stop_waiting() { return impl_->stop_waiting(); }

}  // namespace station::log
