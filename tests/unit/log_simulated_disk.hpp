// A disk that lives in memory and can be cut off from its power: crash() leaves what was synced, and of the rest a
// random part, sector by sector. It can also fail the n-th call of a kind, run full, and lose its power in the middle
// of whatever the program under test is doing. Harsher than a real one: files and folders that were made, renamed or
// removed are so for good only once their folder was synced (of the rest a crash keeps a beginning, or any part that
// makes sense), and a failed sync drops what it should have made durable while it stays readable until the next crash.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <station/log/config.hpp>
#include <string>
#include <system_error>
#include <vector>

namespace station::test {

class SimulatedDisk : public log::Disk {
  public:
    explicit SimulatedDisk(std::uint64_t seed = 1) : random_(seed), seed_(seed) {}

    // Everything that a bus takes from outside comes from this disk and its seed: files, times, bits for ids. The same
    // calls then leave the same bytes. Time goes on by 0.1 ms at each look, over restarts, too.
    void connect(log::BusConfig& config);
    std::int64_t time() const { return time_; }  // ns since 1970
    void set_time(std::int64_t time) { time_ = time; }

    // The power goes: nothing can be changed any more until power_on(), and all handles of before stay dead.
    void crash() { restart(true); }
    // The same, but nothing is lost: a process was killed.
    void kill() { restart(false); }
    void power_on();

    // Counted from now on, 1 being the next; 0 is never. Syncs of folders are counted by themselves.
    void fail_folder_sync(std::uint64_t nth) { set(fail_folder_sync_, nth); }
    void fail_sync(std::uint64_t nth) { set(fail_sync_, nth); }
    void fail_write(std::uint64_t nth) { set(fail_write_, nth); }  // after a part of it was written
    // The power goes at the n-th operation that changes something; every later one fails, until crash().
    void cut_power(std::uint64_t nth) { set(power_cut_, nth); }
    void set_space(std::uint64_t bytes) { set(space_, bytes); }  // more than this in all files: the disk is full

    // Every call of the disk and of its files counts. A call that is refused does nothing, but for a part of a write;
    // a refused sync is a failed one, unless what failed (EMFILE) can only have been the opening of the folder.
    enum class Call {
        open,
        exists,
        kind,
        list,
        size,
        read,
        map,
        write,
        truncate,
        rename,
        remove,
        create_folders,
        sync,
        sync_folder,
        lock
    };
    void fail_call(std::uint64_t nth, std::error_code error);
    // From the n-th on all calls of these kinds are refused, until this is called with 0.
    void fail_from(std::uint64_t nth, std::set<Call> kinds, std::error_code error);
    std::uint64_t calls() const;
    // Told of every call before it is made, with the path that the file was opened by.
    void on_call(std::function<void(Call, const std::string&)> listener);

    std::uint64_t syncs() const;
    // Syncs of files and folders of which a sync had failed before, since the last crash or kill.
    std::uint64_t syncs_after_failure() const;

    // The bytes of a file as programs see them, to look at and to break.
    std::vector<std::byte> content(const log::Path& path) const;
    void set_content(const log::Path& path, const std::vector<std::byte>& bytes);  // durable at once
    std::vector<std::string> files() const;

    log::Expected<std::unique_ptr<log::File>> open(const log::Path& path, log::Open mode) override;
    log::Expected<log::Kind> kind(const log::Path& path) override;
    log::Expected<bool> exists(const log::Path& path) override;
    log::Expected<std::vector<std::string>> list(const log::Path& folder) override;
    std::error_code create_folders(const log::Path& folder) override;
    std::error_code rename(const log::Path& from, const log::Path& to) override;
    std::error_code remove(const log::Path& path) override;
    std::error_code remove_folder(const log::Path& path) override;
    std::error_code sync_folder(const log::Path& folder) override;
    log::Expected<std::unique_ptr<log::FolderLock>> lock(const log::Path& path) override;

  private:
    static constexpr std::size_t kSector = 512;

    struct Change {
        std::uint64_t offset = 0;  // of the write, or the new size
        std::vector<std::byte> bytes;
        bool truncation = false;
    };
    struct Node {
        std::shared_ptr<std::byte> memory;  // fixed, so that mappings stay valid; shared with them
        std::uint64_t size = 0;
        std::vector<std::byte> durable;
        std::vector<Change> unsynced;
        bool sync_failed = false;
    };
    struct NameChange {
        std::string folder;  // whose sync makes it durable
        std::string name;
        std::shared_ptr<Node> node = {};  // nullptr: removed, or a folder
        std::string from = {};            // the old name, where this is a renaming
        bool makes_folder = false;
        bool removes_folder = false;
    };
    class Handle;
    class Lock;

    void set(std::uint64_t& counter, std::uint64_t nth);
    static bool strike(std::uint64_t& counter);  // counts down
    std::error_code refuse(Call call, const std::string& path);
    bool power_is_off();
    static std::shared_ptr<Node> new_node();
    static void store(Node& node, std::uint64_t offset, log::Bytes bytes);
    static void resize(Node& node, std::uint64_t size);
    static void apply(std::vector<std::byte>& image, const Change& change, const std::function<bool()>& keep);
    std::uint64_t used() const;
    bool has_folder(const std::string& folder) const;
    void make_durable(const NameChange& change);
    void lose_names();
    std::error_code write(Node& node, std::uint64_t offset, log::Bytes bytes, std::error_code refused);
    std::error_code sync(Node& node, std::error_code refused);
    void restart(bool lose);

    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    const std::uint64_t seed_;
    std::atomic<std::int64_t> time_{1'700'000'000'000'000'000};
    std::atomic<std::uint64_t> entropy_drawn_{0};
    std::map<std::string, std::shared_ptr<Node>> names_;
    std::map<std::string, std::shared_ptr<Node>> durable_names_;
    std::deque<NameChange> name_changes_;
    std::set<std::string> folders_;
    std::set<std::string> durable_folders_;
    std::set<std::string> failed_folders_;
    std::set<std::string> locks_;
    std::uint64_t generation_ = 0;
    std::uint64_t fail_sync_ = 0;
    std::uint64_t fail_folder_sync_ = 0;
    std::uint64_t fail_write_ = 0;
    std::uint64_t power_cut_ = 0;
    std::uint64_t calls_ = 0;
    std::uint64_t fail_call_ = 0;
    std::error_code call_error_;
    std::uint64_t fail_from_ = 0;  // counted as calls_ is
    std::set<Call> failing_kinds_;
    std::error_code kinds_error_;
    std::function<void(Call, const std::string&)> listener_;
    bool powerless_ = false;
    std::uint64_t space_ = ~std::uint64_t{0};
    std::uint64_t syncs_ = 0;
    std::uint64_t syncs_after_failure_ = 0;
};

}  // namespace station::test
