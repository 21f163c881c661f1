// The writer's files: opening them, one after the other, and closing them for good.
#include <new>
#include <station/log/detail/writer.hpp>

namespace station::log {

std::error_code Writer::open(const RecoveredTopic& recovered) {
    next_offset_ = recovered.next_offset;
    last_time_ = recovered.last_time;
    ids_.continue_after(recovered.last_id);
    unfinished_cut_ = recovered.unfinished_cut;
    for (const auto& [segment, proven] : recovered.unindexed) seal_in_background(segment, proven);
    if (recovered.segments.empty()) return use_next_file(1);
    active_ = recovered.segments.back();
    if (active_->sealed()) return {};  // the first publish starts the next segment
    auto file = disk_.open(active_->path(), Open::write);
    if (!file) return file.error();
    file_ = std::move(*file);
    written_end_ = active_->end();
    synced_end_ = recovered.synced_end;
    zeroed_end_ = recovered.file_size;
    next_index_at_ = written_end_;
    return {};
}

// A tail that recovery could not keep for want of room lies behind the log's end.
std::error_code Writer::finish_cut() {
    if (unfinished_cut_ == nullptr) return {};
    auto failure = unfinished_cut_->keep();
    if (failure && is_shortage(failure->code)) return failure->code;
    if (!failure) failure = unfinished_cut_->cut();
    if (failure) {
        fail(failure->code, "a torn tail could not be cut");
        return failure->code;
    }
    log(Severity::warning, "a torn tail of " + std::to_string(unfinished_cut_->bytes()) + " bytes was cut from " +
                               unfinished_cut_->segment().string() + " and kept in " + unfinished_cut_->kept_in());
    unfinished_cut_.reset();
    return {};
}

std::error_code Writer::use_next_file(std::uint32_t number) {
    std::unique_ptr<File> file;
    {
        std::unique_lock lock{background_mutex_};
        background_done_.wait(lock, [this] { return !preparing_now_; });
        file = std::move(prepared_);
    }
    // The folder's sync may have failed over there: no second one.
    if (topic_.condition.load() == Condition::failed) return Errc::topic_failed;
    const bool previous_durable = config_.durability.mode != Durability::Mode::os || active_ == nullptr;
    const SegmentHeader header{next_offset_, now(), topic_.stream,
                               previous_durable ? kPreviousDurable : std::uint16_t{0}};
    auto segment = std::make_shared<Segment>(disk_, topic_.folder, number, header);
    if (file == nullptr) {
        auto made = disk_.open(segment->path(), Open::create);
        if (!made) return made.error();
        if (const auto error = disk_.sync_folder(topic_.folder)) {
            fail(error, "the topic's folder could not be synced");
            return error;
        }
        file = std::move(*made);
    }
    file_ = std::move(file);
    active_ = std::move(segment);
    written_end_ = synced_end_ = zeroed_end_ = next_index_at_ = 0;
    unsynced_events_ = 0;
    undone_ = false;
    preparing_ = false;
    topic_.segments.append(active_);
    return {};
}

std::error_code Writer::rotate() {
    const bool os = config_.durability.mode == Durability::Mode::os;
    // The next header vouches for all of this one: nothing that was taken back may show again behind its last record.
    if (file_ != nullptr && !os && (synced_end_ < written_end_ || undone_)) {
        if (const auto error = sync()) {
            fail(error, "a sync failed");
            return error;
        }
    }
    if (os) {
        // A segment's header stands for the durability of all but the one right before it, so no more than one may be
        // on its way to the disk.
        std::unique_lock lock{background_mutex_};
        background_done_.wait(lock, [this] { return sealing_ == 0; });
        if (topic_.condition.load() == Condition::failed) return Errc::topic_failed;
    }
    const auto full = active_;
    if (const auto error = use_next_file(full->number() + 1)) return error;
    topic_.counters.rotations.fetch_add(1, std::memory_order_relaxed);
    log(Severity::info, "segment " + std::to_string(full->number()) + " is full, events go on at offset " +
                            std::to_string(next_offset_) + " in segment " + std::to_string(active_->number()));
    if (!full->sealed()) {
        full->seal();
        topic_.waiters.wake_all();
        seal_in_background(full, full->end());
    }
    return {};
}

void Writer::write_ahead(std::uint64_t end, std::size_t group_bytes) {
    static const std::vector<std::byte> kZeros(std::size_t{1} << 20);
    constexpr std::size_t kFirstStep = std::size_t{64} << 10;
    // Large groups fill what was written ahead so fast that writing twice is no gain.
    constexpr std::size_t kLargeGroup = std::size_t{64} << 10;
    if (config_.durability.mode != Durability::Mode::always || config_.zero_ahead == 0 || group_bytes > kLargeGroup ||
        end >= config_.segment_bytes) {
        return;
    }
    zero_step_ = std::min(zero_step_ == 0 ? kFirstStep : zero_step_ * 2, config_.zero_ahead);
    const std::uint64_t to = std::min(end + zero_step_, config_.segment_bytes);
    for (std::uint64_t at = end; at < to;) {
        const std::size_t size = std::min<std::size_t>(kZeros.size(), to - at);
        if (file_->write_at(at, Bytes{kZeros}.first(size))) {
            // Without them it is only slower. On a disk that is nearly full the room is others'.
            file_->truncate(end);
            zeroed_end_ = end;
            zero_step_ = 0;
            return;
        }
        at += size;
        zeroed_end_ = at;
    }
}

// A write that failed half-way: no byte of it may stay in the file, or a later start might bring it back.
void Writer::undo(const Group& group) {
    if (const auto error = file_->truncate(written_end_)) fail(error, "a failed write could not be undone");
    undone_ = true;
    zeroed_end_ = written_end_;
    next_index_at_ = group.index_points.empty() ? next_index_at_ : group.index_points.front().position;
}

void Writer::prepare_next() {
    preparing_ = true;
    const auto prepare = [this, number = active_->number() + 1] {
        auto made = disk_.open(topic_.folder / segment_file_name(number), Open::create);
        const auto error = made ? disk_.sync_folder(topic_.folder) : made.error();
        // A second sync of the folder might succeed though the first one has lost the name.
        if (made && error) fail(error, "the topic's folder could not be synced");
        const std::lock_guard lock{background_mutex_};
        if (!error) prepared_ = std::move(*made);  // where there is no file yet, the writer tries again
    };
    {
        const std::lock_guard lock{background_mutex_};
        preparing_now_ = true;
    }
    const auto done = [this] {
        const std::lock_guard lock{background_mutex_};
        preparing_now_ = false;
        background_done_.notify_all();
    };
    in_background(prepare, done);
}

void Writer::seal_in_background(std::shared_ptr<Segment> segment, std::uint64_t proven) {
    {
        const std::lock_guard lock{background_mutex_};
        ++sealing_;
    }
    const auto done = [this] {
        const std::lock_guard lock{background_mutex_};
        --sealing_;
        background_done_.notify_all();
    };
    in_background([this, segment, proven] { seal(*segment, proven); }, done);
}

// `done` is called, whatever happens.
template <typename Job, typename Done>
void Writer::in_background(Job job, Done done) {
    const auto guarded = [this, job, done] {
        try {
            job();
        } catch (const std::bad_alloc&) {
            fail(std::make_error_code(std::errc::not_enough_memory), "a segment could not be made or sealed");
        }
        done();
    };
    try {
        scheduler_.in_background(guarded);
    } catch (const std::bad_alloc&) {
        done();
        throw;
    }
}

void Writer::seal(Segment& segment, std::uint64_t proven) {
    if (topic_.condition.load() == Condition::failed) return;
    if (const auto error = finish_segment(disk_, segment, proven)) {
        fail(error, "segment " + std::to_string(segment.number()) + " could not be synced");
    } else if (const auto index_error = index_segment(disk_, segment)) {
        log(Severity::warning, "no index for segment " + std::to_string(segment.number()) + ": " +
                                   index_error.message() + "; the next start makes it");
    }
}

// All is durable already: without the index the next start can only tell less of what it finds.
void Writer::leave_index() {
    auto error = store_index(disk_, active_->index_path(), active_->summary(written_end_), active_->index_copy());
    if (!error) error = disk_.sync_folder(topic_.folder);
    if (error) log(Severity::warning, "no index for the last segment: " + error.message());
}

std::error_code Writer::close() {
    closed_.store(true);
    room_waiters_.fetch_add(1);
    {
        std::unique_lock lock{room_mutex_};
        room_.notify_all();  // publishers that wait for room
        // Every request that got in is answered before its writer gives the turn back. The turn stays taken.
        room_.wait(lock, [this] { return queued_.load() == 0 && take_turn(); });
    }
    room_waiters_.fetch_sub(1);
    {
        std::unique_lock lock{background_mutex_};
        background_done_.wait(lock, [this] { return sealing_ == 0 && !preparing_now_; });
    }
    const bool failed = topic_.condition.load() == Condition::failed;
    std::error_code error = failed ? make_error_code(Errc::topic_failed) : std::error_code{};
    if (!failed && file_ != nullptr && written_end_ > 0) {
        if (synced_end_ < written_end_) error = sync();
        if (error) {
            fail(error, "the last sync failed");
        } else {
            try {
                leave_index();
            } catch (const std::bad_alloc&) {
                // The next start scans the segment.
            }
        }
    }
    if (topic_.condition.load() != Condition::failed) topic_.condition.store(Condition::closed);
    topic_.waiters.wake_all();
    return error;
}

}  // namespace station::log
