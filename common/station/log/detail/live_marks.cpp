#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <station/base/assertion.hpp>
#include <station/log/detail/live_marks.hpp>
#include <station/log/error.hpp>
#include <station/log/layout.hpp>
#include <thread>

namespace station::log {
namespace {

constexpr std::uint64_t kMostStreams = std::uint64_t{1} << 20;
constexpr std::size_t kMapped = kMostStreams * sizeof(std::uint64_t);
constexpr std::uint64_t kPage = 4096;

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(std::atomic<std::uint64_t>) == 8);

// Somebody else holds a lock on it.
Expected<bool> is_locked(const base::Descriptor& fd) {
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    if (::fcntl(fd.get(), F_OFD_GETLK, &lock) != 0) return tl::unexpected(last_error());
    return lock.l_type != F_UNLCK;
}

// No descriptor, and no error, where there is no such file.
Expected<base::Descriptor> open_to_read(const Path& path) {
    base::Descriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd && errno != ENOENT && errno != ENOTDIR) return tl::unexpected(last_error());
    return fd;
}

Expected<std::vector<std::uint64_t>> read_marks(const base::Descriptor& fd) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return tl::unexpected(last_error());
    std::vector<std::uint64_t> marks(std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size), kMapped) / 8);
    const std::size_t wanted = marks.size() * 8;
    std::size_t done = 0;
    while (done < wanted) {
        const ssize_t got =
            ::pread(fd.get(), reinterpret_cast<char*>(marks.data()) + done, wanted - done, static_cast<off_t>(done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return tl::unexpected(last_error());
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return marks;
}

}  // namespace

Expected<std::unique_ptr<LiveMarks>> LiveMarks::make(const Path& file) {
    base::Descriptor fd{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!fd) return tl::unexpected(last_error());
    void* const memory = ::mmap(nullptr, kMapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (memory == MAP_FAILED) return tl::unexpected(last_error());
    std::unique_ptr<LiveMarks> made{new LiveMarks{std::move(fd), static_cast<std::atomic<std::uint64_t>*>(memory)}};
    const auto starts = made->mark(0);
    if (!starts) return tl::unexpected(starts.error());
    struct stat status {};
    if (::fstat(made->fd_.get(), &status) != 0) return tl::unexpected(last_error());
    made->room_ = std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size) / kPage * kPage, kMapped);
    (*starts)->fetch_add(1);
    for (std::uint64_t stream = 1; stream < made->room_ / 8; ++stream) made->marks_[stream].store(0);
    return made;
}

LiveMarks::~LiveMarks() { ::munmap(marks_, kMapped); }

Expected<std::atomic<std::uint64_t>*> LiveMarks::mark(std::uint32_t stream) {
    if (stream >= kMostStreams) return tl::unexpected(std::make_error_code(std::errc::value_too_large));
    const std::uint64_t needed = (std::uint64_t{stream} * 8 / kPage + 1) * kPage;
    if (needed > room_) {
        const int error = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(needed));
        if (error != 0) return tl::unexpected(system_error(error));
        room_ = needed;
    }
    return marks_ + stream;
}

std::error_code LiveMarks::vouch() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return ::fcntl(fd_.get(), F_OFD_SETLK, &lock) == 0 ? std::error_code{} : last_error();
}

Expected<LiveState> look_at_owner(const Path& dir) {
    LiveState state;
    const auto owner = open_to_read(dir / kLockFile);
    if (!owner) return tl::unexpected(owner.error());
    const auto live = open_to_read(dir / kLiveFile);
    if (!live) return tl::unexpected(live.error());
    if (*owner) {
        const auto owned = is_locked(*owner);
        if (!owned) return tl::unexpected(owned.error());
        state.owned = *owned;
    }
    if (!*live) return state;
    state.to_mark = true;
    auto marks = read_marks(*live);
    if (!marks) return tl::unexpected(marks.error());
    // After the marks were read: they were its own.
    const auto vouched = is_locked(*live);
    if (!vouched) return tl::unexpected(vouched.error());
    state.marked = *vouched;
    state.owned = state.owned || *vouched;
    state.starts = marks->empty() ? 0 : marks->front();
    state.marks = std::move(*marks);
    return state;
}

Expected<LiveState> look_at_settled_owner(const Path& dir) {
    constexpr std::chrono::seconds kPatience{10};
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        auto owner = look_at_owner(dir);
        const bool starting = owner && owner->owned && !owner->marked && owner->to_mark;
        if (!starting || std::chrono::steady_clock::now() > until) return owner;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

}  // namespace station::log
