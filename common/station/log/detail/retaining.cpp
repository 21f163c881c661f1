#include <new>
#include <station/log/detail/retaining.hpp>
#include <station/log/detail/scan.hpp>
#include <utility>

namespace station::log {

Retaining::Retaining(TopicState& topic, const BusConfig& config, Scheduler& scheduler, OpenFiles& files, Record record)
    : topic_(topic),
      config_(config),
      scheduler_(scheduler),
      files_(files),
      record_(std::move(record)),
      voice_(topic, config) {}

void Retaining::open() {
    if (!topic_.retention().any()) return;
    look();
    look_again_later();
}

std::error_code Retaining::set(const Retention& retention) {
    const bool none =
        retention.bytes == std::uint64_t{0} || (retention.age && *retention.age <= std::chrono::nanoseconds::zero());
    if (none) return Errc::bad_retention;
    if (const auto error = record_.retention(retention)) return error;
    topic_.set_retention(retention);
    open();
    return {};
}

std::int64_t Retaining::now() const {
    if (config_.clock) return config_.clock();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

bool Retaining::is_over(std::uint64_t bytes, const Segment& oldest, const Retention& retention,
                        std::int64_t now) const {
    if (retention.bytes && bytes > *retention.bytes) return true;
    if (!retention.age) return false;
    return oldest.empty() || (now >= retention.age->count() && oldest.last_time() < now - retention.age->count());
}

// How many of the oldest segments are to go. One whose files the writer has not finished with stays for now: when they
// are final, it is looked at again.
std::size_t Retaining::find_due() {
    const Retention retention = topic_.retention();
    if (!retention.any()) return 0;
    const auto segments = topic_.segments.all();
    std::uint64_t bytes = 0;
    for (const auto& segment : segments) bytes += segment->end();
    const std::int64_t time = now();
    std::size_t due = 0;
    while (due + 1 < segments.size() && segments[due]->settled() && is_over(bytes, *segments[due], retention, time)) {
        bytes -= segments[due]->end();
        ++due;
    }
    return due;
}

void Retaining::look() {
    const base::Lock lock{mutex_};
    if (closed_ || voice_.failed()) return;
    try {
        std::size_t due = find_due();
        if (due > 0 && !make_durable(*topic_.segments.all()[due])) --due;
        if (due > 0) retire(due);
        remove_files();
    } catch (const std::bad_alloc&) {
        voice_.say(Severity::warning, "no memory to let old segments go; it is tried again");
    }
}

// The log goes on at the right offset, with ids and times that grow, also where a power cut takes the list of topics:
// what it begins with must be on the disk before what is before it goes. The active segment may not be, or be empty.
bool Retaining::make_durable(Segment& first) {
    if (first.settled() || first.begun()) return true;
    if (first.empty()) return false;
    const auto file = files_.open(first.path(), Open::write);
    if (!file) return false;
    // A sync of an earlier run's may have failed and lost what memory still shows: it is written again.
    if (copy_bytes(**file, 0, first.end(), **file, 0)) return false;
    const auto error = first.sync(**file);
    if (error) voice_.fail(error, "a sync failed");
    return !error;
}

void Retaining::retire(std::size_t count) {
    const auto segments = topic_.segments.all();
    const Segment& first = *segments[count];
    retired_.reserve(retired_.size() + count);
    if (const auto error = record_.first_segment(first.number(), first.base_offset())) {
        if (!std::exchange(told_, true)) {
            voice_.say(Severity::warning, "old segments can't go: " + error.message() + "; it is tried again");
        }
        return;
    }
    retired_.insert(retired_.end(), segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(count));
    topic_.segments.drop_front(count);
    constexpr auto kRelaxed = std::memory_order_relaxed;
    for (std::size_t i = 0; i < count; ++i) {
        topic_.counters.retired_segments.fetch_add(1, kRelaxed);
        topic_.counters.retired_events.fetch_add(segments[i]->next_offset() - segments[i]->base_offset(), kRelaxed);
        topic_.counters.retired_bytes.fetch_add(segments[i]->end(), kRelaxed);
    }
    voice_.say(Severity::info, std::to_string(count) + " segments have gone by retention, the topic begins at offset " +
                                   std::to_string(first.base_offset()));
}

// One after the other, so that what a power cut leaves is never missing in its middle: where the list of topics is
// lost, too, there is nothing else to say where the topic begins.
void Retaining::remove_files() {
    std::size_t gone = 0;
    for (const auto& segment : retired_) {
        if (!remove(segment->index_path()) || !remove(segment->path())) break;
        if (voice_.sync_folder(files_)) break;
        ++gone;
    }
    retired_.erase(retired_.begin(), retired_.begin() + static_cast<std::ptrdiff_t>(gone));
    if (retired_.empty()) told_ = false;
}

bool Retaining::remove(const Path& path) {
    const auto error = files_.remove(path);
    return !error || error == std::errc::no_such_file_or_directory;
}

void Retaining::look_soon() noexcept {
    if (!topic_.retention().any() || asked_.exchange(true)) return;
    try {
        scheduler_.in_background([self = shared_from_this()] {
            self->asked_.store(false);
            self->look();
        });
    } catch (const std::bad_alloc&) {
        asked_.store(false);
    }
}

void Retaining::look_again_later() noexcept {
    if (!scheduler_.has_threads() || timer_set_.exchange(true)) return;
    const auto job = [self = weak_from_this()] {
        const auto retaining = self.lock();
        if (retaining == nullptr) return;
        {
            const base::Lock lock{retaining->mutex_};
            if (retaining->closed_) return;
        }
        retaining->timer_set_.store(false);
        retaining->open();
    };
    try {
        if (scheduler_.call_at(Scheduler::Clock::now() + config_.retention_interval, job)) return;
    } catch (const std::bad_alloc&) {
    }
    timer_set_.store(false);
}

void Retaining::close() {
    const base::Lock lock{mutex_};
    closed_ = true;
}

}  // namespace station::log
