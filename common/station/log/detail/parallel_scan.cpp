#include <algorithm>
#include <atomic>
#include <mutex>
#include <station/log/detail/parallel_scan.hpp>
#include <thread>

namespace station::log {
namespace {

// What all threads have scanned, in one sum.
class SharedProgress {
  public:
    explicit SharedProgress(const std::function<void(std::uint64_t)>& progress) : progress_(progress) {}

    void add(std::uint64_t more) {
        if (!progress_) return;
        const std::lock_guard lock{mutex_};
        total_ += more;
        progress_(total_);
    }

  private:
    const std::function<void(std::uint64_t)>& progress_;
    std::mutex mutex_;
    std::uint64_t total_ = 0;
};

void run(ScanJob& job, std::size_t stride, SharedProgress& progress) {
    std::uint64_t told = 0;
    const auto tell = [&](std::uint64_t done) { progress.add(done - std::exchange(told, done)); };
    FileReader source{*job.file};
    job.result = scan_segment(source, job.size, {job.base_offset, 0, {}}, job.base_offset, stride, tell);
}

}  // namespace

void scan_in_parallel(std::span<ScanJob> jobs, std::size_t stride, const std::function<void(std::uint64_t)>& progress) {
    SharedProgress shared{progress};
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < jobs.size(); i = next++) run(jobs[i], stride, shared);
    };
    const std::size_t wanted = std::min<std::size_t>(jobs.size(), std::max(1U, std::thread::hardware_concurrency()));
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < wanted; ++i) helpers.emplace_back(work);
    work();
}

bool fits(const Scan& scan, const Expectation& expected) {
    const bool from_the_start = scan.gaps.empty() || scan.gaps.front().from > kSegmentHeaderSize;
    return scan.events > 0 && from_the_start && expected.met_by(scan.first);
}

}  // namespace station::log
