#include <limits>
#include <station/ledger/store/cursor.hpp>
#include <station/ledger/store/detail/changes.hpp>
#include <station/ledger/store/detail/event_reader.hpp>

namespace station::ledger {
namespace {

// So many places are looked up at once. A chain is walked from its end each time, so that few and large steps are right
// there.
constexpr std::size_t kPlaces = 4096;
constexpr std::size_t kPlacesOfChains = std::size_t{1} << 20;

}  // namespace

struct Cursor::Impl {
    Impl(std::shared_ptr<Core> core, const Region& region, std::uint64_t from)
        : changes(std::move(core), region), position(from) {}

    detail::Changes changes;
    std::uint64_t position;  // of the next event that may be in the region, behind those given
    std::vector<Global> found;
    std::size_t given = 0;  // of `found`
    std::optional<detail::EventReader> reader;

    // True: there is an event to give.
    Result<bool> look() {
        if (given < found.size()) return true;
        Core& core = changes.core();
        const auto end = core.end();
        if (!end) return tl::unexpected(end.error());
        if (position < *end) {
            const Region& region = changes.region();
            const std::size_t most = region.entity || region.prefix ? kPlacesOfChains : kPlaces;
            auto more = core.select_before(region, static_cast<Global>(position), *end, most);
            if (!more) return tl::unexpected(std::move(more.error()));
            found = std::move(*more);
            given = 0;
            reader.emplace(core, found);
            if (!found.empty()) return true;
            position = *end;
        }
        if (auto error = core.damage()) return tl::unexpected(std::move(*error));
        return false;
    }
};

Cursor::Cursor(std::shared_ptr<Core> core, const Region& region, std::uint64_t from)
    : impl_(std::make_unique<Impl>(std::move(core), region, from)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

Result<std::optional<StoredEvent>> Cursor::poll() {
    const auto any = impl_->look();
    if (!any) return tl::unexpected(any.error());
    if (!*any) return std::optional<StoredEvent>{};
    auto event = impl_->reader->read(impl_->given);
    if (!event) return tl::unexpected(std::move(event.error()));
    ++impl_->given;
    impl_->position = event->global_sequence() + 1;
    return std::optional{std::move(*event)};
}

Result<std::vector<StoredEvent>> Cursor::poll_batch(std::size_t most) {
    std::vector<StoredEvent> events;
    while (events.size() < most) {
        auto event = poll();
        if (!event && events.empty()) return tl::unexpected(std::move(event.error()));
        if (!event || !*event) break;
        events.push_back(std::move(**event));
    }
    return events;
}

Result<StoredEvent> Cursor::next(std::optional<std::chrono::nanoseconds> timeout) {
    const detail::Deadline deadline = detail::deadline_after(timeout);
    for (;;) {
        const std::uint64_t mark = impl_->changes.mark();
        auto event = poll();
        if (!event) return tl::unexpected(std::move(event.error()));
        if (*event) return std::move(**event);
        if (const auto error = impl_->changes.wait(mark, deadline)) return failed(error);
    }
}

void Cursor::cancel() { impl_->changes.cancel(); }
std::uint64_t Cursor::position() const { return impl_->position; }

}  // namespace station::ledger
