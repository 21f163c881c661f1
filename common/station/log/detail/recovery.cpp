#include <algorithm>
#include <limits>
#include <new>
#include <station/base/assertion.hpp>
#include <station/log/detail/parallel_scan.hpp>
#include <station/log/detail/recovery.hpp>
#include <station/log/detail/recovery_plan.hpp>
#include <station/log/detail/scan.hpp>
#include <utility>

namespace station::log {
namespace {

using Failure = std::optional<Error>;
using Header = FoundSegment::Header;

Failure failure(std::error_code code, const Path& path) { return Error{code, path.string()}; }

// What lies in a topic's folder, looked at one file after the other: of none of them more than a summary is kept.
class Look {
  public:
    Look(OpenFiles& disk, const Path& folder, const RecoveryOptions& options)
        : disk_(disk), folder_(folder), options_(options) {}

    Result<FoundFiles> run() {
        const auto names = disk_.list(folder_);
        if (!names) return failed(names.error(), folder_.string());
        for (const std::string& name : *names) sort(name);
        std::sort(segments_.begin(), segments_.end());
        leave_behind();
        for (const std::uint32_t number : segments_) {
            if (auto error = look_at(number)) return tl::unexpected(std::move(*error));
        }
        // Empty files at the end were prepared and never used.
        while (!found_.segments.empty() && found_.segments.back().size == 0) {
            prepared_.push_back(found_.segments.back().number);
            found_.segments.pop_back();
        }
        const std::uint32_t last = found_.segments.empty() ? 0 : found_.segments.back().number;
        for (const std::uint32_t number : indexes_) {
            if (number <= last) continue;
            if (auto error = look_at_orphan(number)) return tl::unexpected(std::move(*error));
        }
        return std::move(found_);
    }

    // Numbers of empty files behind the last segment.
    const std::vector<std::uint32_t>& prepared() const { return prepared_; }
    // Left behind where the writing of an index did not come to its end.
    const std::vector<std::string>& unfinished() const { return unfinished_; }
    // What retention had not yet removed, in the order in which it goes.
    const std::vector<std::string>& left_behind() const { return left_behind_; }

  private:
    // Segments before the topic's first one, and indexes without a segment there.
    void leave_behind() {
        std::uint32_t first = options_.first_segment;
        if (options_.front_may_be_missing && !segments_.empty()) first = std::max(first, segments_.front());
        const auto gone = [first](std::uint32_t number) { return number < first; };
        std::sort(indexes_.begin(), indexes_.end());
        for (const std::uint32_t number : indexes_) {
            if (gone(number)) left_behind_.push_back(index_file_name(number));
        }
        for (const std::uint32_t number : segments_) {
            if (gone(number)) left_behind_.push_back(segment_file_name(number));
        }
        std::erase_if(indexes_, gone);
        std::erase_if(segments_, gone);
    }

    void sort(const std::string& name) {
        const auto number = segment_number(name);
        if (number) segments_.push_back(*number);
        const auto indexed = segment_number(Path{name}.replace_extension(".seg").string());
        if (indexed && name == index_file_name(*indexed)) indexes_.push_back(*indexed);
        constexpr std::string_view kNew = ".new";
        if (!name.ends_with(kNew)) return;
        const std::string index = name.substr(0, name.size() - kNew.size());
        const auto began = segment_number(Path{index}.replace_extension(".seg").string());
        if (began && index == index_file_name(*began)) unfinished_.push_back(name);
    }

    Failure look_at(std::uint32_t number) {
        const Path path = folder_ / segment_file_name(number);
        FoundSegment segment;
        segment.number = number;
        const auto file = disk_.open(path, Open::read);
        if (!file) return failure(file.error(), path);
        const auto size = (*file)->size();
        if (!size) return failure(size.error(), path);
        segment.size = *size;
        std::array<std::byte, kSegmentHeaderSize> head;
        const auto read = (*file)->read_at(0, head);
        if (!read) return failure(read.error(), path);
        switch (decode_segment_header(Bytes{head}.first(*read), segment.header)) {
            case Decoded::unsupported: return failure(Errc::unsupported_version, path);
            case Decoded::ok: segment.state = is_foreign(segment.header) ? Header::foreign : Header::sound; break;
            default: break;
        }
        IndexSummary index;
        const auto state = read_index_summary(disk_, folder_ / index_file_name(number), index);
        if (!state) return failure(state.error(), folder_ / index_file_name(number));
        const bool fits = segment.state != Header::sound ||
                          (index.created == segment.header.created && index.base_offset == segment.header.base_offset);
        if (*state == IndexState::sound && fits) segment.index = index;
        found_.segments.push_back(std::move(segment));
        return std::nullopt;
    }

    bool is_foreign(const SegmentHeader& header) const {
        return options_.stream != 0 && header.stream != options_.stream;
    }

    Failure look_at_orphan(std::uint32_t number) {
        OrphanIndex orphan{number, {}};
        const auto state = read_index_summary(disk_, folder_ / index_file_name(number), orphan.summary);
        if (!state) return failure(state.error(), folder_ / index_file_name(number));
        const bool further = !found_.orphan || found_.orphan->summary.next_offset < orphan.summary.next_offset;
        if (*state == IndexState::sound && further) found_.orphan = orphan;
        return std::nullopt;
    }

    OpenFiles& disk_;
    const Path& folder_;
    const RecoveryOptions& options_;
    std::vector<std::uint32_t> segments_;
    std::vector<std::uint32_t> indexes_;
    std::vector<std::uint32_t> prepared_;
    std::vector<std::string> unfinished_;
    std::vector<std::string> left_behind_;
    FoundFiles found_;
};

// Scans what the planner asks for; what it will surely ask for is scanned at once, before.
class Scanner {
  public:
    Scanner(OpenFiles& disk, const Path& folder, const RecoveryOptions& options, const FoundFiles& found)
        : disk_(disk), folder_(folder), options_(options), found_(found) {}

    // Its errors show again where the segment's turn comes.
    void scan_ahead(const std::vector<std::size_t>& segments) {
        if (segments.size() < 2 || options_.up_to) return;
        std::vector<ScanJob> jobs;
        for (const std::size_t i : segments) {
            const FoundSegment& segment = found_.segments[i];
            jobs.push_back({path(i), segment.size, segment.header.base_offset, index_path(i)});
        }
        scan_in_parallel(disk_, jobs, options_.index_stride, options_.progress);
        ahead_.resize(found_.segments.size());
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            if (auto& result = *jobs[i].result) ahead_[segments[i]] = std::move(*result);
        }
    }

    Result<Scan> scan(const ScanOrder& order) {
        if (order.segment < ahead_.size()) {
            auto ahead = std::exchange(ahead_[order.segment], std::nullopt);
            const bool whole = order.limit == found_.segments[order.segment].size;
            if (ahead && whole && fits(*ahead, order.expected)) return count(order, std::move(*ahead));
        }
        const auto progress = [this](std::uint64_t done) {
            if (options_.progress) options_.progress(scanned_ + done);
        };
        IndexFile known;
        if (const Path index = index_path(order.segment); !index.empty()) {
            const auto state = read_index(disk_, index, known);
            if (!state) return failed(state.error(), index.string());
        }
        const auto file = disk_.open(path(order.segment), Open::read);
        if (!file) return failed(file.error(), path(order.segment).string());
        FileReader source{**file, options_.up_to ? FileReader::End::zeros : FileReader::End::end};
        const auto& entries = known.index.entries();
        const ScanOptions how{order.base_offset, options_.index_stride, entries, options_.up_to, progress};
        auto scanned = scan_segment(source, order.limit, order.expected, how);
        if (!scanned) return failed(scanned.error(), path(order.segment).string());
        return count(order, std::move(*scanned));
    }

  private:
    Path path(std::size_t i) const { return folder_ / segment_file_name(found_.segments[i].number); }

    // Empty where none is the segment's.
    Path index_path(std::size_t i) const {
        const FoundSegment& segment = found_.segments[i];
        return segment.index ? folder_ / index_file_name(segment.number) : Path{};
    }

    Scan count(const ScanOrder& order, Scan scan) {
        scanned_ += order.limit;
        return scan;
    }

    OpenFiles& disk_;
    const Path& folder_;
    const RecoveryOptions& options_;
    const FoundFiles& found_;
    std::vector<std::optional<Scan>> ahead_;
    std::uint64_t scanned_ = 0;
};

// Does what the plan says, in memory and, where that is allowed, on the disk.
class Apply {
  public:
    Apply(OpenFiles& disk, const Path& folder, const RecoveryOptions& options, const FoundFiles& found,
          RecoveryPlan plan)
        : disk_(disk), folder_(folder), options_(options), found_(found), plan_(std::move(plan)) {}

    Result<RecoveredTopic> run(const Look& look) {
        restore();
        if (!options_.read_only) {
            remove(look.unfinished());
            report().removed_files = look.left_behind().size();
            remove(look.left_behind());
            if (plan_.damage.empty()) {
                if (auto error = empty_for_good(look.prepared())) return tl::unexpected(std::move(*error));
                if (auto error = cut()) return tl::unexpected(std::move(*error));
                if (auto error = make_durable()) return tl::unexpected(std::move(*error));
            }
        }
        return std::move(topic_);
    }

  private:
    RecoveryReport& report() { return topic_.report; }

    void restore() {
        topic_.first_segment = options_.first_segment;
        topic_.next_offset = plan_.next.offset;
        topic_.last_time = plan_.next.time;
        topic_.last_id = plan_.next.id;
        report().segments = plan_.segments.size();
        report().scanned_segments = plan_.scanned_segments;
        report().scanned_bytes = plan_.scanned_bytes;
        report().clean = plan_.clean;
        report().damage = plan_.damage;
        for (PlannedSegment& planned : plan_.segments) {
            const std::uint32_t number = found_.segments[planned.found].number;
            const bool unindexed = planned.index && planned.summary.sealed;
            auto segment = std::make_shared<Segment>(disk_, folder_, number, planned.header);
            segment->restore(planned.summary, planned.end, std::move(planned.index), std::move(planned.gaps));
            if (unindexed) {
                ++report().rebuilt_indexes;
                topic_.unindexed.push_back({segment, planned.proven});
            }
            topic_.segments.push_back(std::move(segment));
        }
        report().first_offset = topic_.segments.empty() ? topic_.next_offset : topic_.segments.front()->base_offset();
        if (plan_.segments.empty()) return;
        const PlannedSegment& last = plan_.segments.back();
        topic_.synced_end = std::min(last.proven, last.end);
        topic_.file_size = found_.segments[last.found].size;
    }

    void remove(const std::vector<std::string>& unfinished) {
        for (const std::string& name : unfinished) {
            const auto error = disk_.remove(folder_ / name);
            if (error) report().warnings.push_back((folder_ / name).string() + " can't be removed: " + error.message());
        }
    }

    // A failed write may have been taken back from one of them in memory only. What the next power cut would bring back
    // belongs before events that the segment in front of it gets meanwhile.
    Failure empty_for_good(const std::vector<std::uint32_t>& prepared) {
        for (const std::uint32_t number : prepared) {
            const Path path = folder_ / segment_file_name(number);
            const auto file = disk_.open(path, Open::write);
            if (!file) return failure(file.error(), path);
            if (const auto error = (*file)->sync()) return failure(as_final(error), path);
        }
        return std::nullopt;
    }

    Failure cut() {
        if (!plan_.cut) return std::nullopt;
        std::vector<std::uint32_t> behind;
        for (std::size_t i = plan_.cut->segment + 1; i < found_.segments.size(); ++i) {
            behind.push_back(found_.segments[i].number);
        }
        const std::uint32_t number = found_.segments[plan_.cut->segment].number;
        const auto cut = std::make_shared<TornCut>(disk_, folder_, number, plan_.cut->at, std::move(behind));
        if (auto error = cut->keep()) {
            // A topic without any segment has nothing to go on behind.
            if (!is_transient(error->code) || topic_.segments.empty()) return error;
            report().warnings.push_back("the torn tail of " + cut->segment().string() + " at byte " +
                                        std::to_string(cut->at()) + " can't be kept now (" + error->message() +
                                        "), so it is cut before the first publish");
            topic_.unfinished_cut = cut;
        } else if (auto final_error = cut->cut()) {
            return final_error;
        } else {
            report().cut_from = cut->segment().string();
            report().cut_at = cut->at();
            report().cut_bytes = cut->bytes();
            report().cut_into = cut->kept_in();
            report().set_aside = cut->set_aside();
        }
        if (plan_.cut->at > 0) topic_.file_size = plan_.cut->at;
        return std::nullopt;
    }

    Failure make_durable() {
        if (!options_.make_durable || topic_.segments.empty()) return std::nullopt;
        for (const auto& [segment, proven] : topic_.unindexed) {
            if (const auto error = finish_segment(disk_, *segment, proven)) return failure(error, segment->path());
            if (const auto error = index_segment(disk_, *segment)) {
                report().warnings.push_back(segment->index_path().string() + " can't be written: " + error.message() +
                                            "; the next start makes it");
            }
        }
        topic_.unindexed.clear();
        Segment& active = *topic_.segments.back();
        if (topic_.synced_end == active.end()) return std::nullopt;
        const auto file = disk_.open(active.path(), Open::write);
        if (!file) return failure(file.error(), active.path());
        const std::uint64_t from = topic_.synced_end;
        if (const auto error = copy_bytes(**file, from, active.end(), **file, from)) {
            return failure(error, active.path());
        }
        if (const auto error = (*file)->sync()) return failure(as_final(error), active.path());
        topic_.synced_end = active.end();
        return std::nullopt;
    }

    OpenFiles& disk_;
    const Path& folder_;
    const RecoveryOptions& options_;
    const FoundFiles& found_;
    RecoveryPlan plan_;
    RecoveredTopic topic_;
};

}  // namespace

Result<RecoveredTopic> recover_topic(OpenFiles& disk, const Path& folder, const RecoveryOptions& wanted) try {
    STATION_ASSERT(!wanted.up_to || wanted.read_only);
    RecoveryOptions options = wanted;
    if (options.up_to == std::numeric_limits<std::uint64_t>::max()) options.up_to.reset();
    const auto began = std::chrono::steady_clock::now();
    Look look{disk, folder, options};
    const auto found = look.run();
    if (!found) return tl::unexpected(found.error());
    RecoveryPlanner planner{*found,
                            folder,
                            {options.stream, options.up_to, options.first_offset, options.front_may_be_missing}};
    Scanner scanner{disk, folder, options, *found};
    scanner.scan_ahead(planner.sure_scans());
    while (const auto order = planner.next_scan()) {
        auto scan = scanner.scan(*order);
        if (!scan) return tl::unexpected(std::move(scan.error()));
        planner.scanned(std::move(*scan));
    }
    auto topic = Apply{disk, folder, options, *found, std::move(planner).plan()}.run(look);
    if (topic) topic->report.duration = std::chrono::steady_clock::now() - began;
    return topic;
} catch (const std::bad_alloc&) {
    return tl::unexpected(Error{std::make_error_code(std::errc::not_enough_memory), {}});
}

}  // namespace station::log
