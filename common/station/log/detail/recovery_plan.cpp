#include <algorithm>
#include <limits>
#include <station/base/assertion.hpp>
#include <station/log/detail/recovery_plan.hpp>
#include <station/log/layout.hpp>
#include <station/log/torn_tail.hpp>
#include <utility>

namespace station::log {
namespace {

constexpr auto kAll = std::numeric_limits<std::uint64_t>::max();
using Header = FoundSegment::Header;

}  // namespace

RecoveryPlanner::RecoveryPlanner(const FoundFiles& found, const Path& folder, const PlanOptions& options)
    : found_(found), folder_(folder), options_(options), count_(found.segments.size()) {
    plan_.next.offset = options.first_offset;
    for (std::size_t i = 0; options_.up_to && i < count_; ++i) {
        if (segment(i).state == Header::sound && segment(i).header.base_offset >= *options_.up_to) count_ = i;
    }
    for (std::size_t i = 0; i < count_; ++i) {
        STATION_ASSERT(i == 0 || segment(i).number > segment(i - 1).number);
        if (segment(i).state == Header::sound) last_sound_ = i + 1;
    }
}

std::vector<std::size_t> RecoveryPlanner::sure_scans() const {
    std::vector<std::size_t> scans;
    for (std::size_t i = 0; i < count_; ++i) {
        if (segment(i).state == Header::sound && (is_last(i) || !has_index(i))) scans.push_back(i);
    }
    return scans;
}

std::optional<ScanOrder> RecoveryPlanner::next_scan() {
    if (order_) return order_;
    for (; at_ < count_; ++at_) {
        if (options_.up_to && plan_.next.offset >= *options_.up_to) break;
        arrive(at_);
        if (segment(at_).state == Header::foreign) {
            lose(at_, {0, segment(at_).size, plan_.next.offset, plan_.next.offset},
                 "its header names another topic's stream, " + std::to_string(segment(at_).header.stream));
        } else if (believed(at_)) {
            believe(at_);
        } else {
            header_ = segment(at_).header;
            if (!has_header(at_)) header_ = {plan_.next.offset, 0, options_.stream, 0};
            order_ = ScanOrder{at_, header_.base_offset, segment(at_).size, plan_.next};
            return order_;
        }
    }
    return std::nullopt;
}

void RecoveryPlanner::scanned(Scan scan) {
    STATION_ASSERT(order_ && at_ < count_);
    if (plan_.cut) {
        keep(std::move(scan));
        return;
    }
    ++plan_.scanned_segments;
    plan_.scanned_bytes += segment(at_).size;
    const auto& index = segment(at_).index;
    if (is_last(at_) && index) plan_.clean = index->durable_end == scan.end;
    durable_ = std::max(scan.proven, proof_from_outside(at_));
    if (const auto cut = judge(scan, durable_)) {
        plan_.cut = PlannedCut{at_, *cut};
        if (*cut < scan.end) {
            // Again, now that the segment ends before the cut: the index and the last event have to fit.
            order_->limit = *cut;
            return;
        }
        std::erase_if(scan.gaps, [&](const Gap& gap) { return gap.from >= *cut; });
    }
    keep(std::move(scan));
}

RecoveryPlan RecoveryPlanner::plan() && {
    STATION_ASSERT(!order_);
    const std::uint64_t next = plan_.next.offset;
    if (!options_.up_to && found_.orphan && found_.orphan->summary.next_offset > next) {
        const OrphanIndex& orphan = *found_.orphan;
        const Range range{0, orphan.summary.durable_end, next, orphan.summary.next_offset};
        plan_.damage.push_back({range, (folder_ / segment_file_name(orphan.number)).string(),
                                "its index is there, and what was durable is gone"});
    }
    // Where no event ever was, no close can have been an unclean one.
    if (plan_.segments.empty() && plan_.damage.empty() && !plan_.cut) plan_.clean = true;
    if (!options_.up_to) return std::move(plan_);
    if (!plan_.segments.empty()) plan_.segments.back().summary.sealed = false;  // it goes on behind the mark
    if (next < *options_.up_to) {
        const Path last = plan_.segments.empty() ? folder_ : Path{file(plan_.segments.back().found)};
        const std::uint64_t end = plan_.segments.empty() ? 0 : plan_.segments.back().end;
        plan_.damage.push_back({{end, end, next, *options_.up_to}, last.string(), "events that were there are gone"});
    }
    return std::move(plan_);
}

std::string RecoveryPlanner::file(std::size_t i) const {
    return (folder_ / segment_file_name(segment(i).number)).string();
}

void RecoveryPlanner::lose(std::size_t i, const Range& range, std::string reason) {
    plan_.damage.push_back({range, file(i), std::move(reason)});
}

// True where no segment is missing right before this one.
bool RecoveryPlanner::follows(std::size_t i) const { return i == 0 || segment(i).number == segment(i - 1).number + 1; }

// One that begins before where the segments in front of it end was never begun: its header was taken back, and a power
// cut has brought it back.
bool RecoveryPlanner::has_header(std::size_t i) const {
    return segment(i).state == Header::sound && segment(i).header.base_offset >= plan_.next.offset;
}

// What is missing before a segment, and where its events begin.
void RecoveryPlanner::arrive(std::size_t i) {
    const bool sound = segment(i).state == Header::sound;
    const std::uint64_t base = segment(i).header.base_offset;
    std::uint64_t& next = plan_.next.offset;
    const Range missing{0, 0, next, sound ? std::max(base, next) : next};
    const bool ahead = missing.next_offset > next;
    const bool retained = i == 0 && options_.front_may_be_missing;
    if (!follows(i) || (i == 0 && ahead && !retained)) {
        lose(i, missing, "segment files are missing before it");
    } else if (ahead && !retained) {
        lose(i, missing, "events are missing before this segment");
    }
    next = missing.next_offset;
}

// A sealed segment with an index that fits it and the segment behind it.
bool RecoveryPlanner::has_index(std::size_t i) const {
    const FoundSegment& here = segment(i);
    const FoundSegment& next = segment(i + 1);
    return here.state == Header::sound && here.index && here.index->sealed && here.index->durable_end <= here.size &&
           next.state == Header::sound && next.header.base_offset == here.index->next_offset;
}

bool RecoveryPlanner::believed(std::size_t i) const {
    if (is_last(i) || !has_index(i) || segment(i).header.base_offset != plan_.next.offset) return false;
    const IndexSummary& summary = *segment(i).index;
    return summary.next_offset == summary.base_offset ||
           (summary.first_id > plan_.next.id && summary.first_time >= plan_.next.time);
}

void RecoveryPlanner::believe(std::size_t i) {
    const IndexSummary& summary = *segment(i).index;
    plan_.segments.push_back(
        {i, segment(i).header, summary, summary.durable_end, summary.durable_end, std::nullopt, {}});
    if (summary.next_offset != summary.base_offset) {
        plan_.next = {summary.next_offset, summary.last_time, summary.last_id};
    }
}

// Everything before this was durable once, as far as others than the segment itself say so.
std::uint64_t RecoveryPlanner::proof_from_outside(std::size_t i) const {
    if (options_.up_to || found_.orphan || last_sound_ > i + 2) return kAll;
    if (last_sound_ == i + 2 && (segment(i + 1).header.flags & kPreviousDurable) != 0) return kAll;
    return segment(i).index ? segment(i).index->durable_end : 0;
}

// Where to cut, if anywhere. What is damage goes into the plan.
std::optional<std::uint64_t> RecoveryPlanner::judge(const Scan& scan, std::uint64_t durable) {
    std::optional<std::uint64_t> next_base;
    if (!is_last(at_) && segment(at_ + 1).state == Header::sound) next_base = segment(at_ + 1).header.base_offset;
    // Up to a mark, an end that is missing shows in the offsets.
    const bool last = is_last(at_) && !found_.orphan && !options_.up_to;
    const bool header_valid = has_header(at_);
    TailVerdict verdict = judge_tail({scan, header_valid, last, next_base, durable});
    for (const Loss& loss : verdict.lost) lose(at_, loss, std::string{loss.reason});
    STATION_ASSERT(!verdict.cut || *verdict.cut <= segment(at_).size);
    return verdict.cut;
}

void RecoveryPlanner::keep(Scan scan) {
    const std::size_t i = at_;
    if (plan_.cut) count_ = i + 1;
    order_.reset();
    ++at_;
    plan_.next = scan.next;
    if (plan_.cut && plan_.cut->at == 0) return;
    PlannedSegment kept{i, header_, {}, scan.end, 0, std::nullopt, {}};
    kept.summary.sealed = !is_last(i);
    kept.summary.base_offset = header_.base_offset;
    kept.summary.created = header_.created;
    kept.summary.next_offset = scan.next.offset;
    kept.summary.first_time = scan.first.time;
    kept.summary.last_time = scan.last.time;
    kept.summary.first_id = scan.first.id;
    kept.summary.last_id = scan.last.id;
    // Readers run into the damage and say so; it must not lie behind what they look at.
    for (const Gap& gap : scan.gaps) kept.end = std::max(kept.end, gap.to);
    if (durable_ != kAll) kept.end = std::max(kept.end, std::min(durable_, segment(i).size));
    kept.proven = std::min(durable_, kept.end);
    kept.index = std::move(scan.index);
    kept.gaps = std::move(scan.gaps);
    plan_.segments.push_back(std::move(kept));
}

}  // namespace station::log
