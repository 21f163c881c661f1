#include <charconv>
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

std::optional<StartFrom> StartFrom::parse(std::string_view text, Edge edge) {
    if (text == "beginning") return beginning();
    if (text == "now") return now();
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view kind = text.substr(0, colon);
    const std::string_view value = text.substr(colon + 1);
    const char* const end = value.data() + value.size();
    const auto whole = [end](const std::from_chars_result& result) {
        return result.ec == std::errc{} && result.ptr == end;
    };
    if (kind == "offset") {
        std::uint64_t number = 0;
        if (whole(std::from_chars(value.data(), end, number))) return offset(number, edge);
    } else if (kind == "time") {
        std::int64_t number = 0;
        if (whole(std::from_chars(value.data(), end, number))) return time(number, edge);
    } else if (kind == "event") {
        if (const auto id = EventId::from_text(value)) return event(*id, edge);
    }
    return std::nullopt;
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
void Cursor::skip_damage() { impl_->skip_damage(); }
void Cursor::cancel() { impl_->cancel(); }
void Cursor::cancel(Impl& impl) { impl.cancel(); }
void Cursor::wait(std::function<void()> ready) { impl_->wait(std::move(ready)); }
bool Cursor::stop_waiting() { return impl_->stop_waiting(); }

}  // namespace station::log
