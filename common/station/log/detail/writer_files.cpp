#include <algorithm>
#include <array>
#include <new>
#include <station/base/assertion.hpp>
#include <station/log/detail/scan.hpp>
#include <station/log/detail/writer_files.hpp>

namespace station::log {

WriterFiles::WriterFiles(TopicState& topic, const TopicVoice& voice, Scheduler& scheduler, const BusConfig& config,
                         OpenFiles& files)
    : topic_(topic), voice_(voice), config_(config), files_(files), sealing_(topic, voice, scheduler, files) {}

std::error_code WriterFiles::open(const RecoveredTopic& recovered, std::int64_t now) {
    unfinished_cut_ = recovered.unfinished_cut;
    for (const auto& [segment, proven] : recovered.unindexed) {
        sealing_.expect_one();
        sealing_.seal(segment, proven);
    }
    if (recovered.segments.empty()) return use_next_file(recovered.first_segment, recovered.next_offset, now);
    active_ = recovered.segments.back();
    if (active_->sealed()) return {};  // the first publish starts the next segment
    written_end_ = active_->end();
    synced_end_ = recovered.synced_end;
    inherited_ = synced_end_ < written_end_;
    zeroed_end_ = std::max(written_end_, recovered.file_size);
    STATION_ASSERT(synced_end_ <= written_end_);
    return {};
}

bool WriterFiles::takes(std::size_t record) const {
    if (active_->sealed()) return false;
    return written_end_ <= kSegmentHeaderSize || written_end_ + record <= config_.segment_bytes;
}

std::error_code WriterFiles::use_next_file(std::uint32_t number, std::uint64_t next_offset, std::int64_t now) {
    const bool previous_durable = config_.durability.mode != Durability::Mode::os || active_ == nullptr;
    const SegmentHeader header{next_offset, now, topic_.stream, previous_durable ? kPreviousDurable : std::uint16_t{0}};
    auto segment = std::make_shared<Segment>(files_, topic_.folder, number, header);
    auto file = next_file(number, segment->path());
    if (!file) return file.error();
    topic_.segments.append(segment);
    // Nothing below may fail: the list has it.
    file_ = std::move(*file);
    active_ = std::move(segment);
    written_end_ = synced_end_ = zeroed_end_ = 0;
    unsynced_events_ = 0;
    inherited_ = false;
    undo_owed_ = undone_ = preparing_ = false;
    return {};
}

// An empty file whose name is durable.
Expected<TakenFile> WriterFiles::next_file(std::uint32_t number, const Path& path) {
    const bool prepared = sealing_.prepared(number);
    // The folder's sync may have failed over there: no second one.
    if (const auto error = voice_.refusal()) return tl::unexpected(error);
    if (prepared) return files_.take(path);
    auto made = files_.create(path);
    if (!made) return made;
    if (const auto error = voice_.sync_folder(files_)) return tl::unexpected(error);
    return made;
}

std::error_code WriterFiles::rotate(std::uint64_t next_offset, std::int64_t now) {
    if (unfinished_cut_ != nullptr) {
        if (const auto error = finish_cut()) return error;
    }
    const bool os = config_.durability.mode == Durability::Mode::os;
    // The next header vouches for all of this one: nothing that was taken back may show again behind its last record.
    if (!active_->sealed() && !os && (synced_end_ < written_end_ || undone_ || undo_owed_)) {
        if (const auto error = make_ready()) return error;
        if (const auto error = sync()) return error;
    }
    if (os) {
        // A segment's header stands for the durability of all but the one right before it, so no more than one may be
        // on its way to the disk.
        if (const auto error = sealing_.wait_for_seals()) return error;
    }
    sealing_.expect_one();
    const auto full = active_;
    // What an earlier run left without a sync is written again before this one's vouches for it.
    const std::uint64_t proven = inherited_ ? synced_end_ : full->end();
    if (const auto error = use_next_file(full->number() + 1, next_offset, now)) return error;
    topic_.counters.rotations.fetch_add(1, std::memory_order_relaxed);
    if (!full->sealed()) {
        full->seal();
        topic_.waiters.wake_all();
        sealing_.seal(full, proven);
    }
    voice_.say(Severity::info, "segment " + std::to_string(full->number()) + " is full, events go on at offset " +
                                   std::to_string(next_offset) + " in segment " + std::to_string(active_->number()));
    return {};
}

// A tail that recovery could not keep for want of room lies behind the log's end.
std::error_code WriterFiles::finish_cut() {
    auto failure = unfinished_cut_->keep();
    if (!failure) failure = unfinished_cut_->cut();
    if (failure) {
        if (!is_transient(failure->code)) voice_.fail(failure->code, "a torn tail could not be cut");
        return failure->code;
    }
    voice_.say(Severity::warning, "a torn tail of " + std::to_string(unfinished_cut_->bytes()) +
                                      " bytes was cut from " + unfinished_cut_->segment().string() + " and kept in " +
                                      unfinished_cut_->kept_in());
    unfinished_cut_.reset();
    zeroed_end_ = written_end_;
    return {};
}

std::error_code WriterFiles::make_ready() {
    if (unfinished_cut_ != nullptr) {
        if (const auto error = finish_cut()) return error;
    }
    if (!file_) {
        auto taken = files_.take(active_->path());
        if (!taken) return taken.error();
        file_ = std::move(*taken);
    }
    return undo_owed_ ? undo() : std::error_code{};
}

std::error_code WriterFiles::write(Bytes bytes) {
    STATION_ASSERT(file_ && !undo_owed_);
    const auto error = file_->write_at(written_end_, bytes);
    if (!error) return {};
    undo_owed_ = true;
    undo();  // where that fails, too, the next write does it first
    return error;
}

void WriterFiles::wrote(std::uint64_t events, std::size_t bytes) {
    const std::uint64_t end = written_end_ + bytes;
    if (end > zeroed_end_) {
        zeroed_end_ = end;
        write_ahead(end, bytes);
    }
    written_end_ = end;
    unsynced_events_ += events;
    if (!preparing_ && written_end_ > config_.segment_bytes / 2) {
        preparing_ = true;
        sealing_.prepare(active_->number() + 1);
    }
}

// No byte of a failed write may stay in the file, or a later start might bring it back.
std::error_code WriterFiles::undo() {
    // What readers may look at is never cut: they have it mapped.
    STATION_ASSERT(written_end_ == 0 || written_end_ >= active_->end());
    if (const auto error = file_->truncate(written_end_)) {
        if (!is_transient(error)) voice_.fail(error, "a failed write could not be taken back");
        return error;
    }
    undo_owed_ = false;
    undone_ = true;
    zeroed_end_ = written_end_;
    return {};
}

std::error_code WriterFiles::sync() {
    STATION_ASSERT(file_ && synced_end_ <= written_end_);
    const auto began = std::chrono::steady_clock::now();
    if (inherited_) {
        if (const auto error = copy_bytes(*file_, synced_end_, written_end_, *file_, synced_end_)) {
            if (!is_transient(error)) voice_.fail(error, "what an earlier run has left could not be written again");
            return error;
        }
        inherited_ = false;
    }
    if (const auto error = active_->sync(*file_)) {
        voice_.fail(error, "a sync failed");
        return error;
    }
    synced_end_ = written_end_;
    if (written_end_ > kSegmentHeaderSize) active_->begin();
    undone_ = false;
    topic_.counters.record_sync(std::chrono::steady_clock::now() - began, unsynced_events_);
    unsynced_events_ = 0;
    return {};
}

std::error_code WriterFiles::sync_all() {
    if (const auto error = sealing_.wait_for_seals()) return error;
    if (synced_end_ == written_end_) return {};
    if (const auto error = make_ready()) return error;
    return sync();
}

void WriterFiles::rest() {
    if (!file_ || undo_owed_) return;
    if (voice_.failed()) return file_.close();
    if (synced_end_ < written_end_ || undone_) {
        // Others are in want of a descriptor: this topic's share of them is one for a moment.
        if (!files_.crowded() || sync()) return;
    }
    file_.give_back();
}

void WriterFiles::write_ahead(std::uint64_t end, std::size_t group_bytes) {
    static constinit std::array<std::byte, std::size_t{1} << 20> zeros{};
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
        const std::size_t size = std::min<std::size_t>(zeros.size(), to - at);
        if (file_->write_at(at, Bytes{zeros}.first(size))) {
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

// All is durable already: without the index the next start can only tell less of what it finds.
std::error_code WriterFiles::leave_index() try {
    const auto error =
        store_index(files_, active_->index_path(), active_->summary(written_end_), active_->index_copy());
    return error ? error : voice_.sync_folder(files_);
} catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
}

void WriterFiles::abandon() {
    sealing_.wait_for_seals();
    sealing_.prepared(0);  // it is waited for, or called off
    file_.close();
}

std::error_code WriterFiles::close() {
    sealing_.wait_for_seals();  // what can't be done now, the next start does
    if (const auto error = voice_.refusal()) return error;
    if (active_->sealed() || written_end_ == 0) return {};
    if (synced_end_ < written_end_ || undo_owed_ || undone_) {
        auto error = make_ready();
        if (!error) error = sync();
        if (error) return error;
    }
    file_.close();
    if (const auto error = leave_index()) {
        voice_.say(Severity::warning, "no index for the last segment: " + error.message());
    }
    return {};
}

}  // namespace station::log
