// What shall be done about what was found of a topic's files: the whole judgement of recovery, and no I/O. recovery.cpp
// looks, asks the planner, and does what the plan says; recovery.hpp has the rules.
//
// Judging a segment may take a scan of it, and what a scan expects depends on the segments before. So the planner is
// asked for one scan after the other:
//
//     RecoveryPlanner planner{found, folder, options};
//     while (const auto order = planner.next_scan()) planner.scanned(scan(*order));
//     const RecoveryPlan plan = std::move(planner).plan();
//
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <station/log/detail/index.hpp>
#include <station/log/detail/scan.hpp>
#include <station/log/recovery_report.hpp>
#include <string>
#include <vector>

namespace station::log {

// A segment file, as far as it is known before its records are looked at.
struct FoundSegment {
    enum class Header { sound, broken, foreign };  // foreign: sound, and another topic's
    std::uint32_t number = 0;
    std::uint64_t size = 0;
    Header state = Header::broken;
    SegmentHeader header = {};
    std::optional<IndexSummary> index = {};  // of the file beside it, where that one is this segment's
};

// The index of a segment that is gone or empty: it was written when that segment was durable.
struct OrphanIndex {
    std::uint32_t number = 0;
    IndexSummary summary;
};

struct FoundFiles {
    std::vector<FoundSegment> segments;  // by number; without empty ones at the end, which were prepared and never used
    std::optional<OrphanIndex> orphan = {};
};

struct PlanOptions {
    std::uint32_t stream = 0;  // see RecoveryOptions
    std::optional<std::uint64_t> up_to = {};
    std::uint64_t first_offset = 0;
    bool front_may_be_missing = false;
};

// The bytes of a segment before `limit` are to be scanned.
struct ScanOrder {
    std::size_t segment = 0;  // its place in FoundFiles
    std::uint64_t base_offset = 0;
    std::uint64_t limit = 0;
    Expectation expected = {};
};

// A segment as readers and the writer get it.
struct PlannedSegment {
    std::size_t found = 0;  // its place in FoundFiles
    SegmentHeader header;
    IndexSummary summary;
    std::uint64_t end = 0;
    std::uint64_t proven = 0;          // all before this is known to be durable
    std::optional<SparseIndex> index;  // nullopt: the file beside it is believed
    std::vector<Gap> gaps;
};

// The log ends at byte `at` of a segment: what lies there goes, and so do the segments behind it. At 0 this one goes
// too, as if it had only been prepared.
struct PlannedCut {
    std::size_t segment = 0;  // its place in FoundFiles
    std::uint64_t at = 0;
};

struct RecoveryPlan {
    std::vector<PlannedSegment> segments;
    std::optional<PlannedCut> cut;
    std::vector<Damage> damage;  // where there is any, no file may be changed
    Expectation next;            // of the next event
    std::uint64_t scanned_segments = 0;
    std::uint64_t scanned_bytes = 0;
    bool clean = false;
};

class RecoveryPlanner {
  public:
    // `found` must outlive it; `folder` is for the names in reports.
    RecoveryPlanner(const FoundFiles& found, const Path& folder, const PlanOptions& options);

    // Segments that will have to be scanned, whatever the others hold.
    std::vector<std::size_t> sure_scans() const;
    // nullopt: all is judged.
    std::optional<ScanOrder> next_scan();
    // What the scan asked for last has found.
    void scanned(Scan scan);

    RecoveryPlan plan() &&;

  private:
    const FoundSegment& segment(std::size_t i) const { return found_.segments[i]; }
    bool has_header(std::size_t i) const;  // asked where its turn is
    bool is_last(std::size_t i) const { return i + 1 == count_; }
    bool follows(std::size_t i) const;
    bool has_index(std::size_t i) const;
    bool believed(std::size_t i) const;
    std::uint64_t proof_from_outside(std::size_t i) const;
    void arrive(std::size_t i);
    void believe(std::size_t i);
    std::optional<std::uint64_t> judge(const Scan& scan, std::uint64_t durable);
    void keep(Scan scan);
    std::string file(std::size_t i) const;
    void lose(std::size_t i, const Range& range, std::string reason);

    const FoundFiles& found_;
    const Path folder_;
    const PlanOptions options_;
    std::size_t count_ = 0;           // of the segments that exist for this reader
    std::size_t last_sound_ = 0;      // the last of them with a sound header, counted from 1; 0: none
    std::size_t at_ = 0;              // whose turn it is
    std::optional<ScanOrder> order_;  // given out and not answered
    SegmentHeader header_;            // of the segment whose scan was ordered, as it is or as it must have been
    std::uint64_t durable_ = 0;       // of the same
    RecoveryPlan plan_;
};

}  // namespace station::log
