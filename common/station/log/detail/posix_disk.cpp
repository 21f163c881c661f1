#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <limits>
#include <mutex>
#include <station/base/descriptor.hpp>
#include <station/log/error.hpp>
#include <station/log/file.hpp>
#include <utility>

namespace station::log {
namespace {

// Events are their owner's: what is made here others may not read, whatever the umask. What is there keeps its mode.
constexpr mode_t kPrivateFolder = 0700;
constexpr mode_t kPrivateFile = 0600;

// Descriptors that are kept for the one who writes: a process without any must still be able to begin a segment and to
// sync a folder. Any thread.
class Reserve {
  public:
    // From now on there is one: a process that only reads needs none.
    void begin() {
        missing_.store(true);
        refill();
    }

    // `opens` makes a system call that returns a descriptor, and gets it twice where there is none left.
    template <typename Opens>
    int open(Opens opens) {
        int fd = opens();
        if (fd >= 0 || (errno != EMFILE && errno != ENFILE)) return fd;
        const int why = errno;
        const std::lock_guard lock{mutex_};
        for (base::Descriptor& spare : spare_) {
            if (!spare) continue;
            spare.reset();
            missing_.store(true);
            fd = opens();
            // Somebody else may have been quicker.
            if (fd >= 0 || (errno != EMFILE && errno != ENFILE)) return fd;
        }
        errno = why;
        return -1;
    }

    // Whenever a descriptor was closed.
    void refill() {
        if (!missing_.load()) return;
        const std::lock_guard lock{mutex_};
        for (base::Descriptor& spare : spare_) {
            if (!spare) spare = base::Descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
            if (!spare) return;
        }
        missing_.store(false);
    }

  private:
    std::mutex mutex_;
    std::array<base::Descriptor, 4> spare_;
    std::atomic<bool> missing_{false};
};

// Never destroyed: files may be closed while the program's statics are.
Reserve& reserve() {
    static Reserve& reserve = *new Reserve;
    return reserve;
}

// Beyond this the kernel would send SIGXFSZ, which ends programs that have not thought of it.
std::uint64_t file_size_limit() {
    rlimit limit{};
    const bool none = ::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY;
    return none ? std::numeric_limits<std::uint64_t>::max() : limit.rlim_cur;
}

class PosixFile : public File {
  public:
    explicit PosixFile(base::Descriptor fd) : fd_(std::move(fd)) {}
    ~PosixFile() override {
        fd_.reset();
        reserve().refill();
    }

    Expected<std::uint64_t> size() override {
        struct stat status {};
        if (::fstat(fd_.get(), &status) != 0) return tl::unexpected(last_error());
        return static_cast<std::uint64_t>(status.st_size);
    }

    Expected<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
        std::size_t done = 0;
        while (done < into.size()) {
            const ssize_t got =
                ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
            if (got == 0) break;
            if (got < 0) {
                if (errno == EINTR) continue;
                return tl::unexpected(last_error());
            }
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

    // preadv2(2): the page cache answers, or nobody does. Where a file system can't be asked that way, only one that is
    // all memory can be read without waiting.
    Expected<std::size_t> read_resident(std::uint64_t offset, std::span<std::byte> into) override {
        const iovec all{into.data(), into.size()};
        ssize_t got = 0;
        do {
            got = ::preadv2(fd_.get(), &all, 1, static_cast<off_t>(offset), RWF_NOWAIT);
        } while (got < 0 && errno == EINTR);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno == EAGAIN) return tl::unexpected(make_error_code(Errc::not_in_memory));
        if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) return tl::unexpected(last_error());
        if (is_in_memory()) return read_at(offset, into);
        return tl::unexpected(make_error_code(Errc::not_in_memory));
    }

    Expected<Mapping> map(std::uint64_t offset, std::size_t size) override {
        static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        const std::uint64_t from = offset / page * page;
        const auto length = static_cast<std::size_t>(offset + size - from);
        void* const memory = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, fd_.get(), static_cast<off_t>(from));
        if (memory == MAP_FAILED) return tl::unexpected(last_error());
        const auto unmap = [length](const std::byte* at) { ::munmap(const_cast<std::byte*>(at), length); };
        return Mapping{{static_cast<const std::byte*>(memory), unmap}, from, length, true};
    }

    std::error_code write_at(std::uint64_t offset, Bytes bytes) override {
        if (!may_reach(offset + bytes.size())) return system_error(EFBIG);
        while (!bytes.empty()) {
            const ssize_t written = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (written < 0) {
                if (errno == EINTR) continue;
                return last_error();
            }
            bytes = bytes.subspan(static_cast<std::size_t>(written));
            offset += static_cast<std::uint64_t>(written);
        }
        return {};
    }

    std::error_code sync() override { return ::fdatasync(fd_.get()) == 0 ? std::error_code{} : as_final(last_error()); }

    std::error_code truncate(std::uint64_t size) override {
        if (!may_reach(size) && this->size().value_or(0) < size) return system_error(EFBIG);
        return ::ftruncate(fd_.get(), static_cast<off_t>(size)) == 0 ? std::error_code{} : last_error();
    }

  private:
    bool is_in_memory() const {
        struct statfs status {};
        return ::fstatfs(fd_.get(), &status) == 0 && (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
    }

    // Asks for the limit once for every MiB, since that is a system call.
    bool may_reach(std::uint64_t end) {
        constexpr std::uint64_t kAskedEach = std::uint64_t{1} << 20;
        if (end > allowed_) allowed_ = std::min(file_size_limit(), end + kAskedEach);
        return end <= allowed_;
    }

    base::Descriptor fd_;
    std::uint64_t allowed_ = 0;  // the writer's
};

class PosixLock : public FolderLock {
  public:
    PosixLock(base::Descriptor folder, base::Descriptor file) : folder_(std::move(folder)), file_(std::move(file)) {}

  private:
    base::Descriptor folder_;  // closing them gives the locks back
    base::Descriptor file_;
};

class PosixDisk : public Disk {
  public:
    Expected<std::unique_ptr<File>> open(const Path& path, Open mode) override {
        const int flags = mode == Open::read ? O_RDONLY : mode == Open::write ? O_RDWR : O_RDWR | O_CREAT | O_TRUNC;
        const auto opens = [&] { return ::open(path.c_str(), flags | O_CLOEXEC, kPrivateFile); };
        base::Descriptor fd{mode == Open::read ? open_quietly(path) : reserve().open(opens)};
        // Only a file's owner may leave its time of access alone.
        if (!fd && mode == Open::read && errno == EPERM) fd = base::Descriptor{opens()};
        if (!fd) return tl::unexpected(last_error());
        return std::make_unique<PosixFile>(std::move(fd));
    }

    Expected<bool> exists(const Path& path) override {
        struct stat status {};
        if (::stat(path.c_str(), &status) == 0) return true;
        if (errno == ENOENT || errno == ENOTDIR) return false;
        return tl::unexpected(last_error());
    }

    Expected<std::vector<std::string>> list(const Path& folder) override {
        std::error_code error;
        std::vector<std::string> names;
        for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end;
             entry.increment(error)) {
            names.push_back(entry->path().filename().string());
        }
        if (error) return tl::unexpected(error);
        return names;
    }

    Expected<Kind> kind(const Path& path) override {
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0) {
            if (errno == ENOENT || errno == ENOTDIR) return Kind::none;
            return tl::unexpected(last_error());
        }
        if (S_ISREG(status.st_mode)) return Kind::file;
        if (S_ISDIR(status.st_mode)) return Kind::folder;
        return S_ISLNK(status.st_mode) ? Kind::link : Kind::other;
    }

    bool is_shared() const override { return true; }

    std::error_code create_folders(const Path& folder) override {
        Path so_far;
        for (const Path& part : folder) {
            so_far /= part;
            if (::mkdir(so_far.c_str(), kPrivateFolder) != 0 && errno != EEXIST) return last_error();
        }
        struct stat status {};
        if (::stat(folder.c_str(), &status) != 0) return last_error();
        return S_ISDIR(status.st_mode) ? std::error_code{} : system_error(ENOTDIR);
    }

    std::error_code rename(const Path& from, const Path& to) override {
        return ::rename(from.c_str(), to.c_str()) == 0 ? std::error_code{} : last_error();
    }

    std::error_code remove(const Path& path) override {
        return ::unlink(path.c_str()) == 0 ? std::error_code{} : last_error();
    }

    std::error_code remove_folder(const Path& path) override {
        return ::rmdir(path.c_str()) == 0 ? std::error_code{} : last_error();
    }

    std::error_code sync_folder(const Path& folder) override {
        base::Descriptor fd{reserve().open(
            [&] { return ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); })};
        if (!fd) return last_error();
        // Only what comes before this may be tried again.
        const auto error = ::fsync(fd.get()) == 0 ? std::error_code{} : as_final(last_error());
        fd.reset();
        reserve().refill();
        return error;
    }

    // The folder itself is locked, since the file can be removed and made again under its owner: two owners would then
    // acknowledge the same offsets. The file is locked twice over: flock() for programs that look for that, and the
    // lock that readers can ask for without taking it (live_marks.hpp).
    Expected<std::unique_ptr<FolderLock>> lock(const Path& path) override {
        const Path folder = path.parent_path();
        base::Descriptor whole{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!whole) return tl::unexpected(last_error());
        if (const auto error = flock_it(whole)) return tl::unexpected(error);
        base::Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivateFile)};
        if (!file) return tl::unexpected(last_error());
        if (const auto error = flock_it(file)) return tl::unexpected(error);
        struct flock asked {};
        asked.l_type = F_WRLCK;
        asked.l_whence = SEEK_SET;
        if (::fcntl(file.get(), F_OFD_SETLK, &asked) != 0) return tl::unexpected(last_error());
        reserve().begin();
        return std::make_unique<PosixLock>(std::move(whole), std::move(file));
    }

  private:
    // A small read spends a tenth of its time on when the file was read.
    static int open_quietly(const Path& path) { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOATIME); }
    static std::error_code flock_it(const base::Descriptor& fd) {
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return {};
        return errno == EWOULDBLOCK ? make_error_code(Errc::locked) : last_error();
    }
};

}  // namespace

Disk& posix_disk() {
    static PosixDisk disk;
    return disk;
}

}  // namespace station::log
