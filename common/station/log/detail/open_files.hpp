// What a bus keeps open of its files: few descriptors and few mappings, however many topics and segments there are and
// however many read them (LevelDB's table cache is the model).
//
// It stands before a disk and is one itself: who opens a file where the process has no descriptor left gets one of
// those that are only kept. Any thread may call anything.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <station/base/guarded.hpp>
#include <station/log/detail/window.hpp>
#include <station/log/file.hpp>
#include <utility>

namespace station::log {

// How a bus reads what was written a moment ago: see window.hpp.
enum class Access { mapped, read };

class OpenFiles;

// A file in the hands of the one who writes it. Closed with this, unless it is given back.
class TakenFile {
  public:
    TakenFile() = default;
    TakenFile(OpenFiles& files, const Path& path, std::unique_ptr<File> file)
        : files_(&files), path_(path), file_(std::move(file)) {}
    TakenFile(TakenFile&&) noexcept = default;
    TakenFile& operator=(TakenFile&& other) noexcept;
    ~TakenFile() { close(); }

    explicit operator bool() const { return file_ != nullptr; }
    File* operator->() const { return file_.get(); }
    File& operator*() const { return *file_; }
    // Keeps it for who takes it next. All that was written through it must be synced: of a file that is closed before,
    // the kernel need not tell a failed sync to anybody.
    void give_back();
    void close();

  private:
    OpenFiles* files_ = nullptr;
    Path path_;
    std::unique_ptr<File> file_;
};

class OpenFiles final : public Disk {
  public:
    struct Limits {
        std::size_t files = 64;     // kept open though nobody uses them now
        std::size_t mappings = 64;  // of 4 MiB
    };

    OpenFiles(Disk& disk, Access access, const Limits& limits);
    OpenFiles(Disk& disk, Access access) : OpenFiles(disk, access, Limits{}) {}

    Access access() const { return access_; }
    // A number for each segment, under which its mappings are known.
    std::uint64_t next_serial();

    // For reading: all who read a file share one descriptor. Nobody should hold it longer than it takes.
    Expected<std::shared_ptr<File>> share(const Path& path);
    // The same, where it is open: nullptr otherwise.
    std::shared_ptr<File> shared_already(const Path& path);
    // A copy of a part of a file: window.hpp.
    Expected<Mapping> load(const Path& path, const Wanted& wanted);
    // The same of what was written a moment ago: shared by all who read it, where this process has written it.
    Expected<Mapping> load_hot(std::uint64_t serial, const Path& path, const Wanted& wanted);

    // For the one who writes the file: as it was given back, or opened anew.
    Expected<TakenFile> take(const Path& path);
    // The same for one that is made, or emptied.
    Expected<TakenFile> create(const Path& path);
    // So many files are with those who write that they should sync and give back.
    bool crowded() const;
    // Its name leads somewhere else now.
    void forget(const Path& path);

    Expected<std::unique_ptr<File>> open(const Path& path, Open mode) override;
    Expected<bool> exists(const Path& path) override { return disk_.exists(path); }
    Expected<std::vector<std::string>> list(const Path& folder) override;
    Expected<Kind> kind(const Path& path) override { return disk_.kind(path); }
    bool is_shared() const override { return disk_.is_shared(); }
    std::error_code create_folders(const Path& folder) override { return disk_.create_folders(folder); }
    std::error_code rename(const Path& from, const Path& to) override;
    std::error_code remove(const Path& path) override;
    std::error_code remove_folder(const Path& path) override { return disk_.remove_folder(path); }
    std::error_code sync_folder(const Path& folder) override;
    Expected<std::unique_ptr<FolderLock>> lock(const Path& path) override { return disk_.lock(path); }

  private:
    struct Kept {
        std::string path;
        std::shared_ptr<File> shared;  // one of the two
        std::unique_ptr<File> written;
    };
    using KeptList = std::list<Kept>;  // used last comes first
    struct Mapped {
        std::pair<std::uint64_t, std::uint64_t> key;
        Mapping mapping;
    };
    using MappedList = std::list<Mapped>;

    friend class TakenFile;
    void taken_back(const Path& path, std::unique_ptr<File> file);
    void keep(Kept kept) STATION_REQUIRES(mutex_);
    bool close_idle();
    bool unmap_idle();
    std::optional<Mapping> find_mapping(std::pair<std::uint64_t, std::uint64_t> key);
    void keep_mapping(std::pair<std::uint64_t, std::uint64_t> key, const Mapping& mapping);

    Disk& disk_;
    const Access access_;
    const Limits limits_;
    mutable base::Mutex mutex_;
    KeptList kept_ STATION_GUARDED_BY(mutex_);
    std::map<std::string, KeptList::iterator, std::less<>> shared_ STATION_GUARDED_BY(mutex_);
    std::map<std::string, KeptList::iterator, std::less<>> written_ STATION_GUARDED_BY(mutex_);
    MappedList mapped_ STATION_GUARDED_BY(mutex_);
    std::map<std::pair<std::uint64_t, std::uint64_t>, MappedList::iterator> mappings_ STATION_GUARDED_BY(mutex_);
    std::size_t taken_ STATION_GUARDED_BY(mutex_) = 0;
    std::uint64_t serial_ STATION_GUARDED_BY(mutex_) = 0;
    std::uint64_t forgotten_ STATION_GUARDED_BY(mutex_) = 0;  // how often a name was
};

// The process, or the machine, has no more descriptors: true of EMFILE and ENFILE.
bool out_of_descriptors(std::error_code error);

}  // namespace station::log
