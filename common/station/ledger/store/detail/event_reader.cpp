#include <station/ledger/store/detail/event_reader.hpp>

namespace station::ledger::detail {
namespace {

constexpr std::size_t kMostOfRun = std::size_t{64} << 10;
constexpr std::size_t kMostBetween = 8192;  // bytes that nobody asked for: about what a read of its own would cost

}  // namespace

void EventReader::plan(std::size_t i) {
    run_.clear();
    run_begin_ = i;
    run_.push_back(core_.place(globals_[i]));
    const std::uint64_t begin = run_.front().position;
    std::uint64_t end = begin + run_.front().size;
    for (std::size_t next = i + 1; next < globals_.size() && run_.back().size > 0; ++next) {
        const Core::Place place = core_.place(globals_[next]);
        // Where a segment begins, positions do so anew; where one seems to go on, the read ends with its segment.
        if (place.position < end || place.position - end > kMostBetween) break;
        if (place.position + place.size - begin > kMostOfRun) break;
        end = place.position + place.size;
        run_.push_back(place);
    }
    run_bytes_ = static_cast<std::size_t>(end - begin);
}

Result<StoredEvent> EventReader::read(std::size_t i) {
    if (i < run_begin_ || i >= run_begin_ + run_.size()) plan(i);
    return core_.read(reader_, run_[i - run_begin_], i == run_begin_ ? run_bytes_ : 0);
}

}  // namespace station::ledger::detail
