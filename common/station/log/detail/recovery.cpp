#include <algorithm>
#include <station/log/detail/parallel_scan.hpp>
#include <station/log/detail/recovery.hpp>
#include <station/log/detail/scan.hpp>
#include <station/log/torn_tail.hpp>
#include <utility>

namespace station::log {
namespace {

// What is known of a segment file before its records are looked at.
struct Candidate {
    std::uint32_t number = 0;
    std::uint64_t size = 0;
    SegmentHeader header;
    bool header_valid = false;
    bool foreign = false;          // a sound header, and another topic's
    std::optional<IndexFile> index;  // of this segment, or nullopt
    std::shared_ptr<File> file;
    std::optional<Scan> scanned_ahead;  // without knowing what the segments before it hold
};

class Recovery {
  public:
    Recovery(OpenFiles& disk, const Path& folder, const RecoveryOptions& options)
        : disk_(disk), folder_(folder), options_(options) {}

    Result<RecoveredTopic> run() {
        const auto began = std::chrono::steady_clock::now();
        if (auto error = collect()) return tl::unexpected(std::move(*error));
        scan_ahead();
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            if (auto error = take(i)) return tl::unexpected(std::move(*error));
        }
        if (orphan_ && orphan_->next_offset > expected_.offset) {
            topic_.report.damage.push_back({segment_path(orphan_number_).string(), 0, orphan_->durable_end,
                                            expected_.offset, orphan_->next_offset, "its index is there, and what was durable is gone"});
        }
        if (auto error = finish()) return tl::unexpected(std::move(*error));
        topic_.next_offset = expected_.offset;
        topic_.last_time = expected_.time;
        topic_.last_id = expected_.id;
        topic_.report.segments = topic_.segments.size();
        topic_.report.duration = std::chrono::steady_clock::now() - began;
        return std::move(topic_);
    }

  private:
    using Failure = std::optional<Error>;

    Failure failure(std::error_code code, const Path& path) { return Error{code, path.string()}; }
    Path segment_path(std::uint32_t number) const { return folder_ / segment_file_name(number); }

    Failure collect() {
        const auto names = disk_.list(folder_);
        if (!names) return failure(names.error(), folder_);
        std::vector<std::uint32_t> numbers;
        for (const std::string& name : *names) {
            if (const auto number = segment_number(name)) numbers.push_back(*number);
        }
        std::sort(numbers.begin(), numbers.end());
        for (const std::uint32_t number : numbers) {
            if (auto error = look_at(number)) return error;
        }
        // Empty files at the end were prepared and never used.
        while (!candidates_.empty() && candidates_.back().size == 0) candidates_.pop_back();
        look_for_orphans(*names);
        return std::nullopt;
    }

    // The index of a last segment that is gone or empty: it was written when that segment was durable.
    void look_for_orphans(const std::vector<std::string>& names) {
        const std::uint32_t last = candidates_.empty() ? 0 : candidates_.back().number;
        for (const std::string& name : names) {
            const auto number = segment_number(Path{name}.replace_extension(".seg").string());
            if (!number || *number <= last || name != index_file_name(*number)) continue;
            const auto index = load_index(disk_, folder_ / name);
            if (!index || (orphan_ && orphan_->next_offset >= index->summary.next_offset)) continue;
            orphan_ = index->summary;
            orphan_number_ = *number;
        }
    }

    Failure look_at(std::uint32_t number) {
        Candidate candidate;
        candidate.number = number;
        auto file = disk_.open(segment_path(number), Open::read);
        if (!file) return failure(file.error(), segment_path(number));
        candidate.file = std::move(*file);
        const auto size = candidate.file->size();
        if (!size) return failure(size.error(), segment_path(number));
        candidate.size = *size;
        RecordWindow window;
        FileReader source{*candidate.file};
        const auto head =
            window.bytes(source, 0, std::min<std::uint64_t>(*size, kSegmentHeaderSize), kSegmentHeaderSize);
        if (!head) return failure(head.error(), segment_path(number));
        const Decoded decoded = decode_segment_header(*head, candidate.header);
        if (decoded == Decoded::unsupported) return failure(Errc::unsupported_version, segment_path(number));
        candidate.foreign =
            decoded == Decoded::ok && options_.stream != 0 && candidate.header.stream != options_.stream;
        candidate.header_valid = decoded == Decoded::ok && !candidate.foreign;
        candidate.index = load_index(disk_, folder_ / index_file_name(number));
        if (candidate.index && candidate.header_valid &&
            (candidate.index->summary.created != candidate.header.created ||
             candidate.index->summary.base_offset != candidate.header.base_offset)) {
            candidate.index.reset();
        }
        candidates_.push_back(std::move(candidate));
        return std::nullopt;
    }

    // Scans at once what will have to be scanned. Its errors show again where the segment's turn comes.
    void scan_ahead() {
        std::vector<ScanJob> jobs;
        std::vector<Candidate*> scanned;
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            Candidate& candidate = candidates_[i];
            const bool last = i + 1 == candidates_.size();
            if (!candidate.header_valid || (!last && has_index(i))) continue;
            jobs.push_back({candidate.file.get(), candidate.size, candidate.header.base_offset});
            scanned.push_back(&candidate);
        }
        if (jobs.size() < 2) return;
        scan_in_parallel(jobs, options_.index_stride, options_.progress);
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            if (auto& result = *jobs[i].result) scanned[i]->scanned_ahead = std::move(*result);
        }
    }

    Failure take(std::size_t i) {
        Candidate& candidate = candidates_[i];
        const bool last = i + 1 == candidates_.size();
        if (i == 0) {
            if (candidate.header_valid && candidate.header.base_offset > 0) {
                lose(candidate, 0, 0, 0, candidate.header.base_offset, "segment files are missing before it");
                expected_.offset = candidate.header.base_offset;
            }
        } else if (candidate.number != candidates_[i - 1].number + 1) {
            lose(candidate, 0, 0, expected_.offset, candidate.header.base_offset,
                 "segment files are missing before it");
        }
        if (candidate.foreign) {
            lose(candidate, 0, candidate.size, expected_.offset, expected_.offset,
                 "its header names another topic's stream, " + std::to_string(candidate.header.stream));
            return std::nullopt;
        }
        if (!candidate.header_valid) candidate.header = {expected_.offset, 0, options_.stream, 0};
        if (candidate.header_valid && candidate.header.base_offset > expected_.offset) {
            if (i > 0 && candidate.number == candidates_[i - 1].number + 1) {
                lose(candidate, 0, 0, expected_.offset, candidate.header.base_offset,
                     "events are missing before this segment");
            }
            expected_.offset = candidate.header.base_offset;
        }
        return !last && believed(i) ? believe(candidate) : scan(i);
    }

    // A sealed segment with an index that fits it and the segment behind it.
    bool has_index(std::size_t i) const {
        const Candidate& candidate = candidates_[i];
        const Candidate& next = candidates_[i + 1];
        if (!candidate.header_valid || !candidate.index) return false;
        const IndexSummary& summary = candidate.index->summary;
        return summary.sealed && summary.durable_end <= candidate.size && next.header_valid &&
               next.header.base_offset == summary.next_offset;
    }

    bool believed(std::size_t i) const {
        if (!has_index(i)) return false;
        const IndexSummary& summary = candidates_[i].index->summary;
        return candidates_[i].header.base_offset == expected_.offset &&
               (summary.next_offset == summary.base_offset ||
                (summary.first_id > expected_.id && summary.first_time >= expected_.time));
    }

    Failure believe(Candidate& candidate) {
        const IndexSummary& summary = candidate.index->summary;
        auto segment = std::make_shared<Segment>(disk_, folder_, candidate.number, candidate.header);
        segment->restore(summary, summary.durable_end, std::nullopt);
        if (summary.next_offset != summary.base_offset) {
            expected_ = {summary.next_offset, summary.last_time, summary.last_id};
        }
        proven_ = summary.durable_end;
        topic_.segments.push_back(std::move(segment));
        return std::nullopt;
    }

    // Everything before this was durable once, as far as other files than the segment itself say so.
    std::uint64_t proof_from_outside(std::size_t i) const {
        constexpr auto kAll = std::numeric_limits<std::uint64_t>::max();
        if (orphan_) return kAll;
        for (std::size_t later = i + 1; later < candidates_.size(); ++later) {
            const Candidate& candidate = candidates_[later];
            const bool says_so = later > i + 1 || (candidate.header.flags & kPreviousDurable) != 0;
            if (candidate.header_valid && says_so) return kAll;
        }
        const auto& index = candidates_[i].index;
        return index ? index->summary.durable_end : 0;
    }

    Failure scan(std::size_t i) {
        Candidate& candidate = candidates_[i];
        const bool last = i + 1 == candidates_.size();
        const Expectation before = expected_;
        auto scanned = scan_after(candidate, before);
        if (!scanned) return failure(scanned.error(), segment_path(candidate.number));
        ++topic_.report.scanned_segments;
        topic_.report.scanned_bytes += candidate.size;
        if (last && candidate.index) topic_.report.clean = candidate.index->summary.durable_end == scanned->end;

        const std::uint64_t durable = std::max(scanned->proven, proof_from_outside(i));
        std::optional<std::uint64_t> cut = judge(i, *scanned, durable);
        if (cut && topic_.report.damage.empty() && !options_.read_only) {
            if (auto error = cut_tail(i, *cut)) return error;
        }
        const bool records_behind = cut && *cut < scanned->end;
        if (cut) scanned->gaps.clear();
        if (records_behind) {
            // Again, now that the segment ends before the cut: the index and the last event have to fit.
            FileReader source{*candidate.file};
            scanned = scan_segment(source, *cut, before, candidate.header.base_offset, options_.index_stride);
            if (!scanned) return failure(scanned.error(), segment_path(candidate.number));
        }
        if (cut) candidates_.resize(i + 1);
        keep(i, std::move(*scanned), durable, cut);
        return std::nullopt;
    }

    Expected<Scan> scan_after(Candidate& candidate, const Expectation& before) {
        if (candidate.scanned_ahead && fits(*candidate.scanned_ahead, before)) {
            return std::move(*candidate.scanned_ahead);
        }
        const auto progress = [this](std::uint64_t done) {
            if (options_.progress) options_.progress(topic_.report.scanned_bytes + done);
        };
        FileReader source{*candidate.file};
        return scan_segment(source, candidate.size, before, candidate.header.base_offset,
                            options_.index_stride, progress);
    }

    // Where to cut, if anywhere. What is damage goes into the report.
    std::optional<std::uint64_t> judge(std::size_t i, const Scan& scan, std::uint64_t durable) {
        const Candidate& candidate = candidates_[i];
        const bool last = i + 1 == candidates_.size();
        std::optional<std::uint64_t> next_base;
        if (!last && candidates_[i + 1].header_valid) next_base = candidates_[i + 1].header.base_offset;
        TailVerdict verdict = judge_tail({scan, candidate.header_valid, last && !orphan_, next_base, durable});
        for (const Loss& loss : verdict.lost) {
            lose(candidate, loss.from, loss.to, loss.first_offset, loss.next_offset, std::string{loss.reason});
        }
        return verdict.cut;
    }

    void keep(std::size_t i, Scan scanned, std::uint64_t durable, std::optional<std::uint64_t> cut) {
        Candidate& candidate = candidates_[i];
        const bool last = i + 1 == candidates_.size();
        expected_ = scanned.next;
        if (cut && *cut == 0) {
            // Nothing of it can be used: as if it had only been prepared.
            candidates_.resize(i);
            return;
        }
        IndexSummary summary;
        summary.sealed = !last;
        summary.base_offset = candidate.header.base_offset;
        summary.created = candidate.header.created;
        summary.next_offset = scanned.next.offset;
        summary.first_time = scanned.first.time;
        summary.last_time = scanned.last.time;
        summary.first_id = scanned.first.id;
        summary.last_id = scanned.last.id;
        auto segment = std::make_shared<Segment>(disk_, folder_, candidate.number, candidate.header);
        // Readers run into the damage and say so; it must not lie behind what they look at.
        std::uint64_t end = scanned.end;
        for (const Gap& gap : scanned.gaps) end = std::max(end, gap.to);
        if (durable != std::numeric_limits<std::uint64_t>::max()) {
            end = std::max(end, std::min(durable, candidate.size));
        }
        segment->restore(summary, end, std::move(scanned.index));
        proven_ = std::min(durable, end);
        if (!last) {
            ++topic_.report.rebuilt_indexes;
            topic_.unindexed.push_back({segment, proven_});
        }
        topic_.segments.push_back(std::move(segment));
    }

    Failure cut_tail(std::size_t i, std::uint64_t cut) {
        for (std::size_t later = i + 1; later < candidates_.size(); ++later) {
            const std::uint32_t number = candidates_[later].number;
            Path aside = folder_ / segment_file_name(number);
            aside.replace_extension(".torn-0");
            if (const auto error = disk_.rename(segment_path(number), aside)) return failure(error, aside);
            // Without its segment it would vouch for what is no longer there.
            const Path index = folder_ / index_file_name(number);
            if (disk_.exists(index).value_or(false)) {
                if (const auto error = disk_.remove(index)) return failure(error, index);
            }
            topic_.report.set_aside.push_back(aside.string());
        }
        Candidate& candidate = candidates_[i];
        RecordWindow window;
        FileReader source{*candidate.file};
        const auto end = end_of_bytes(source, window, cut, candidate.size);
        if (!end) return failure(end.error(), segment_path(candidate.number));
        if (*end > cut) {
            if (auto error = save_torn(candidate, cut, *end)) return error;
        }
        auto file = disk_.open(segment_path(candidate.number), Open::write);
        if (!file) return failure(file.error(), segment_path(candidate.number));
        if (const auto error = (*file)->truncate(cut)) return failure(error, segment_path(candidate.number));
        if (const auto error = (*file)->sync()) return failure(error, segment_path(candidate.number));
        if (const auto error = disk_.sync_folder(folder_)) return failure(error, folder_);
        candidate.size = cut;
        topic_.report.cut_from = segment_path(candidate.number).string();
        topic_.report.cut_at = cut;
        topic_.report.cut_bytes = *end - cut;
        return std::nullopt;
    }

    Failure save_torn(const Candidate& candidate, std::uint64_t from, std::uint64_t to) {
        Path path = segment_path(candidate.number);
        const std::string extension = ".torn-" + std::to_string(from);
        path.replace_extension(extension);
        for (int copy = 2; disk_.exists(path).value_or(false); ++copy) {
            path.replace_extension(extension + "-" + std::to_string(copy));
        }
        auto torn = disk_.open(path, Open::create);
        if (!torn) return failure(torn.error(), path);
        if (const auto error = copy_bytes(*candidate.file, from, to, **torn, 0)) return failure(error, path);
        if (const auto error = (*torn)->sync()) return failure(error, path);
        if (const auto error = disk_.sync_folder(folder_)) return failure(error, folder_);
        topic_.report.cut_into = path.string();
        return std::nullopt;
    }

    Failure finish() {
        if (topic_.segments.empty()) return std::nullopt;
        const Candidate& active = candidates_.back();
        const std::uint64_t end = topic_.segments.back()->end();
        topic_.synced_end = std::min(proven_, end);
        topic_.file_size = active.size;
        if (options_.read_only || !topic_.report.damage.empty() || !options_.make_durable) return std::nullopt;
        if (auto error = index_sealed()) return error;
        if (topic_.synced_end == end) return std::nullopt;
        const Path path = segment_path(active.number);
        auto file = disk_.open(path, Open::write);
        if (!file) return failure(file.error(), path);
        if (const auto error = copy_bytes(*active.file, topic_.synced_end, end, **file, topic_.synced_end)) {
            return failure(error, path);
        }
        if (const auto error = (*file)->sync()) return failure(error, path);
        topic_.synced_end = end;
        return std::nullopt;
    }

    Failure index_sealed() {
        for (const auto& [segment, proven] : topic_.unindexed) {
            if (const auto error = finish_segment(disk_, *segment, proven)) return failure(error, segment->path());
            if (const auto error = index_segment(disk_, *segment)) return failure(error, segment->index_path());
        }
        topic_.unindexed.clear();
        return std::nullopt;
    }

    void lose(const Candidate& candidate, std::uint64_t from, std::uint64_t to, std::uint64_t first_offset,
              std::uint64_t next_offset, std::string reason) {
        topic_.report.damage.push_back(
            {segment_path(candidate.number).string(), from, to, first_offset, next_offset, std::move(reason)});
    }

    OpenFiles& disk_;
    const Path folder_;
    const RecoveryOptions& options_;
    std::vector<Candidate> candidates_;
    std::optional<IndexSummary> orphan_;  // of an index behind the last segment
    std::uint32_t orphan_number_ = 0;
    Expectation expected_;
    std::uint64_t proven_ = 0;  // of the segment that was kept last
    RecoveredTopic topic_;
};

}  // namespace

Result<RecoveredTopic> recover_topic(OpenFiles& disk, const Path& folder, const RecoveryOptions& options) {
    return Recovery{disk, folder, options}.run();
}

}  // namespace station::log
