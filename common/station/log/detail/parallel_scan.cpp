#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <station/log/detail/parallel_scan.hpp>
#include <system_error>
#include <thread>
#include <utility>

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

Expected<Scan> run(Disk& disk, const ScanJob& job, std::size_t stride, SharedProgress& progress) try {
    std::uint64_t told = 0;
    const auto tell = [&](std::uint64_t done) { progress.add(done - std::exchange(told, done)); };
    IndexFile known;
    if (!job.index.empty()) {
        const auto state = read_index(disk, job.index, known);
        if (!state) return tl::unexpected(state.error());
    }
    const auto file = disk.open(job.path, Open::read);
    if (!file) return tl::unexpected(file.error());
    FileReader source{**file};
    const ScanOptions options{job.base_offset, stride, known.index.entries(), std::nullopt, tell};
    return scan_segment(source, job.size, {job.base_offset, 0, {}}, options);
} catch (const std::bad_alloc&) {
    return tl::unexpected(std::make_error_code(std::errc::not_enough_memory));
}

}  // namespace

void scan_in_parallel(Disk& disk, std::span<ScanJob> jobs, std::size_t stride,
                      const std::function<void(std::uint64_t)>& progress) {
    SharedProgress shared{progress};
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < jobs.size(); i = next++) jobs[i].result = run(disk, jobs[i], stride, shared);
    };
    const std::size_t wanted = std::min<std::size_t>(jobs.size(), std::max(1U, std::thread::hardware_concurrency()));
    std::vector<std::jthread> helpers;
    try {
        for (std::size_t i = 1; i < wanted; ++i) helpers.emplace_back(work);
    } catch (const std::system_error&) {
        // Those that there are do it all.
    }
    work();
}

bool fits(const Scan& scan, const Expectation& expected) {
    const bool from_the_start = scan.gaps.empty() || scan.gaps.front().from > kSegmentHeaderSize;
    return scan.events > 0 && from_the_start && expected.met_by(scan.first);
}

}  // namespace station::log
