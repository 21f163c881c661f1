#include "log_simulated_disk.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <station/log/error.hpp>

namespace station::test {
namespace {

constexpr std::size_t kArena = std::size_t{64} << 20;  // the largest file; pages cost only what is touched

std::error_code io_error() { return {EIO, std::system_category()}; }

}  // namespace

class SimulatedDisk::Handle : public log::File {
  public:
    Handle(SimulatedDisk& disk, std::string path, std::shared_ptr<Node> node)
        : disk_(disk), path_(std::move(path)), node_(std::move(node)), generation_(disk.generation_) {}

    log::Expected<std::uint64_t> size() override {
        const std::lock_guard lock{disk_.mutex_};
        if (const auto error = disk_.refuse(Call::size, path_)) return tl::unexpected(error);
        return node_->size;
    }
    log::Expected<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
        const std::lock_guard lock{disk_.mutex_};
        if (const auto error = disk_.refuse(Call::read, path_)) return tl::unexpected(error);
        if (offset >= node_->size) return std::size_t{0};
        const std::size_t there = std::min<std::size_t>(into.size(), node_->size - offset);
        std::memcpy(into.data(), node_->memory.get() + offset, there);
        return there;
    }
    log::Expected<log::Mapping> map(std::uint64_t offset, std::size_t size) override {
        const std::lock_guard lock{disk_.mutex_};
        if (const auto error = disk_.refuse(Call::map, path_)) return tl::unexpected(error);
        const std::size_t mapped = std::min<std::size_t>(size, kArena - offset);
        return log::Mapping{{node_->memory, node_->memory.get() + offset}, offset, mapped};
    }
    std::error_code write_at(std::uint64_t offset, log::Bytes bytes) override {
        const std::lock_guard lock{disk_.mutex_};
        const auto refused = disk_.refuse(Call::write, path_);
        return dead() ? io_error() : disk_.write(*node_, offset, bytes, refused);
    }
    std::error_code sync() override {
        const std::lock_guard lock{disk_.mutex_};
        const auto refused = disk_.refuse(Call::sync, path_);
        return dead() ? io_error() : disk_.sync(*node_, refused);
    }
    std::error_code truncate(std::uint64_t size) override {
        const std::lock_guard lock{disk_.mutex_};
        if (const auto error = disk_.refuse(Call::truncate, path_)) return error;
        if (dead() || disk_.power_is_off()) return io_error();
        resize(*node_, size);
        node_->unsynced.push_back({size, {}, true});
        return {};
    }

  private:
    bool dead() const { return generation_ != disk_.generation_; }

    SimulatedDisk& disk_;
    const std::string path_;
    std::shared_ptr<Node> node_;
    std::uint64_t generation_;
};

class SimulatedDisk::Lock : public log::FolderLock {
  public:
    Lock(SimulatedDisk& disk, std::string path) : disk_(disk), path_(std::move(path)), generation_(disk.generation_) {}
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() override {
        const std::lock_guard lock{disk_.mutex_};
        if (generation_ == disk_.generation_) disk_.locks_.erase(path_);
    }

  private:
    SimulatedDisk& disk_;
    std::string path_;
    std::uint64_t generation_;
};

void SimulatedDisk::set(std::uint64_t& counter, std::uint64_t nth) {
    const std::lock_guard lock{mutex_};
    counter = nth;
}

bool SimulatedDisk::strike(std::uint64_t& counter) { return counter != 0 && --counter == 0; }

bool SimulatedDisk::power_is_off() {
    if (strike(power_cut_)) powerless_ = true;
    return powerless_;
}

std::shared_ptr<SimulatedDisk::Node> SimulatedDisk::new_node() {
    auto node = std::make_shared<Node>();
    void* const memory =
        ::mmap(nullptr, kArena, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    node->memory = {static_cast<std::byte*>(memory), [](std::byte* at) { ::munmap(at, kArena); }};
    return node;
}

void SimulatedDisk::store(Node& node, std::uint64_t offset, log::Bytes bytes) {
    if (bytes.empty()) return;
    // A kernel that puts the same bytes over themselves disturbs nobody who has them mapped (a segment is written again
    // after a failed sync while cursors read it); in this memory it would be a data race by the letter.
    std::byte* const place = node.memory.get() + offset;
    if (std::memcmp(place, bytes.data(), bytes.size()) != 0) std::memcpy(place, bytes.data(), bytes.size());
    node.size = std::max(node.size, offset + bytes.size());
}

void SimulatedDisk::resize(Node& node, std::uint64_t size) {
    if (size < node.size) std::memset(node.memory.get() + size, 0, node.size - size);
    node.size = size;
}

std::uint64_t SimulatedDisk::used() const {
    std::uint64_t total = 0;
    for (const auto& [name, node] : names_) total += node->size;
    return total;
}

std::error_code SimulatedDisk::write(Node& node, std::uint64_t offset, log::Bytes bytes, std::error_code refused) {
    const bool was_powerless = powerless_;
    std::error_code error = refused;
    if (power_is_off() || strike(fail_write_)) error = io_error();
    if (error) {
        bytes = bytes.first(was_powerless ? 0 : random_() % (bytes.size() + 1));
    }
    const std::uint64_t grows = offset + bytes.size() > node.size ? offset + bytes.size() - node.size : 0;
    const std::uint64_t total = used();
    if (!error && total + grows > space_) {
        error = log::Errc::disk_full;
        bytes = bytes.first(std::min<std::size_t>(bytes.size(), space_ > total ? space_ - total : 0));
    }
    store(node, offset, bytes);
    if (!bytes.empty()) node.unsynced.push_back({offset, {bytes.begin(), bytes.end()}, false});
    return error;
}

std::error_code SimulatedDisk::sync(Node& node, std::error_code refused) {
    if (power_is_off()) return io_error();
    ++syncs_;
    if (node.sync_failed) ++syncs_after_failure_;
    if (strike(fail_sync_)) refused = io_error();
    const bool fails = static_cast<bool>(refused);
    for (const Change& change : node.unsynced) {
        apply(node.durable, change, [&] { return !fails || random_() % 2 == 0; });
    }
    node.unsynced.clear();
    if (!fails) return {};
    node.sync_failed = true;
    return log::as_final(refused);
}

void SimulatedDisk::apply(std::vector<std::byte>& image, const Change& change, const std::function<bool()>& keep) {
    if (change.truncation) {
        if (keep()) image.resize(change.offset);
        return;
    }
    for (std::uint64_t from = 0; from < change.bytes.size();) {
        const std::uint64_t at = change.offset + from;
        const std::uint64_t length = std::min<std::uint64_t>(kSector - at % kSector, change.bytes.size() - from);
        if (keep()) {
            if (image.size() < at + length) image.resize(at + length);
            std::memcpy(image.data() + at, change.bytes.data() + from, length);
        }
        from += length;
    }
}

bool SimulatedDisk::has_folder(const std::string& folder) const {
    return folder == log::Path{folder}.root_path() || folders_.contains(folder);
}

void SimulatedDisk::make_durable(const NameChange& change) {
    durable_names_.erase(change.from);
    if (change.makes_folder) {
        durable_folders_.insert(change.name);
    } else if (change.removes_folder) {
        durable_folders_.erase(change.name);
    } else if (change.node) {
        durable_names_[change.name] = change.node;
    } else {
        durable_names_.erase(change.name);
    }
}

// Of the changes that no folder's sync covered, either a beginning stays, as a journal has it, or any part of them in
// which nothing depends on what was lost.
void SimulatedDisk::lose_names() {
    const bool journal = random_() % 2 == 0;
    const std::uint64_t beginning = random_() % (name_changes_.size() + 1);
    const std::uint64_t likely = random_() % 5;  // of 4
    std::set<std::string> lost;
    for (std::size_t i = 0; i < name_changes_.size(); ++i) {
        const NameChange& change = name_changes_[i];
        const bool kept = journal ? i < beginning : random_() % 4 < likely;
        if (kept && !lost.contains(change.name) && !lost.contains(change.from)) {
            make_durable(change);
            continue;
        }
        lost.insert(change.name);
        if (!change.from.empty()) lost.insert(change.from);
    }
    name_changes_.clear();
    // A folder's loss takes all that is in it.
    folders_.clear();
    for (const std::string& folder : durable_folders_) {  // in order: parents come first
        if (has_folder(log::Path{folder}.parent_path().string())) folders_.insert(folder);
    }
    durable_folders_ = folders_;
    std::erase_if(durable_names_,
                  [this](const auto& file) { return !has_folder(log::Path{file.first}.parent_path().string()); });
}

void SimulatedDisk::restart(bool lose) {
    const std::lock_guard lock{mutex_};
    ++generation_;
    locks_.clear();
    fail_sync_ = fail_folder_sync_ = fail_write_ = power_cut_ = 0;
    powerless_ = true;
    failed_folders_.clear();
    if (!lose) {
        for (const auto& [name, node] : names_) node->sync_failed = false;
        return;
    }
    lose_names();
    std::map<std::string, std::shared_ptr<Node>> after;
    for (const auto& [name, node] : durable_names_) {
        auto fresh = new_node();
        const std::uint64_t likely = random_() % 5;  // of 4: from nothing to everything
        for (const Change& change : node->unsynced) {
            apply(node->durable, change, [&] { return random_() % 4 < likely; });
        }
        fresh->durable = node->durable;
        store(*fresh, 0, fresh->durable);
        after[name] = std::move(fresh);
    }
    names_ = after;
    durable_names_ = std::move(after);
}

void SimulatedDisk::power_on() {
    const std::lock_guard lock{mutex_};
    powerless_ = false;
}

std::uint64_t SimulatedDisk::syncs() const {
    const std::lock_guard lock{mutex_};
    return syncs_;
}

std::uint64_t SimulatedDisk::syncs_after_failure() const {
    const std::lock_guard lock{mutex_};
    return syncs_after_failure_;
}

std::vector<std::byte> SimulatedDisk::content(const log::Path& path) const {
    const std::lock_guard lock{mutex_};
    const auto& node = names_.at(path.string());
    return {node->memory.get(), node->memory.get() + node->size};
}

void SimulatedDisk::set_content(const log::Path& path, const std::vector<std::byte>& bytes) {
    const std::lock_guard lock{mutex_};
    auto& node = names_[path.string()];
    if (!node) node = new_node();
    resize(*node, 0);
    store(*node, 0, bytes);
    node->durable = bytes;
    node->unsynced.clear();
    durable_names_[path.string()] = node;
    for (log::Path folder = path.parent_path(); folder != folder.root_path(); folder = folder.parent_path()) {
        folders_.insert(folder.string());
        durable_folders_.insert(folder.string());
    }
}

std::vector<std::string> SimulatedDisk::files() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> all;
    for (const auto& [name, node] : names_) all.push_back(name);
    return all;
}

log::Expected<std::unique_ptr<log::File>> SimulatedDisk::open(const log::Path& path, log::Open mode) {
    const std::lock_guard lock{mutex_};
    if (const auto error = refuse(Call::open, path.string())) return tl::unexpected(error);
    auto found = names_.find(path.string());
    if (mode != log::Open::create) {
        if (found == names_.end()) return tl::unexpected(log::system_error(ENOENT));
        return std::make_unique<Handle>(*this, path.string(), found->second);
    }
    if (power_is_off()) return tl::unexpected(io_error());
    if (!has_folder(path.parent_path().string())) return tl::unexpected(log::system_error(ENOENT));
    if (found == names_.end()) {
        found = names_.emplace(path.string(), new_node()).first;
        name_changes_.push_back({path.parent_path().string(), path.string(), found->second});
    } else {
        resize(*found->second, 0);
        found->second->unsynced.push_back({0, {}, true});
        found->second->sync_failed = false;  // nothing is left of what could not be written
    }
    return std::make_unique<Handle>(*this, path.string(), found->second);
}

log::Expected<log::Kind> SimulatedDisk::kind(const log::Path& path) {
    const std::lock_guard lock{mutex_};
    if (const auto error = refuse(Call::kind, path.string())) return tl::unexpected(error);
    if (names_.contains(path.string())) return log::Kind::file;
    return folders_.contains(path.string()) ? log::Kind::folder : log::Kind::none;
}

log::Expected<bool> SimulatedDisk::exists(const log::Path& path) {
    const std::lock_guard lock{mutex_};
    if (const auto error = refuse(Call::exists, path.string())) return tl::unexpected(error);
    return names_.contains(path.string()) || folders_.contains(path.string());
}

log::Expected<std::vector<std::string>> SimulatedDisk::list(const log::Path& folder) {
    const std::lock_guard lock{mutex_};
    if (const auto error = refuse(Call::list, folder.string())) return tl::unexpected(error);
    std::vector<std::string> found;
    for (const auto& [name, node] : names_) {
        if (log::Path{name}.parent_path() == folder) found.push_back(log::Path{name}.filename().string());
    }
    for (const std::string& name : folders_) {
        if (log::Path{name}.parent_path() == folder) found.push_back(log::Path{name}.filename().string());
    }
    return found;
}

std::error_code SimulatedDisk::create_folders(const log::Path& folder) {
    const std::lock_guard lock{mutex_};
    if (const auto error = refuse(Call::create_folders, folder.string())) return error;
    if (power_is_off()) return io_error();
    std::deque<NameChange> made;  // parents first
    for (log::Path path = folder; !path.empty() && path != path.root_path(); path = path.parent_path()) {
        if (!folders_.insert(path.string()).second) break;
        made.push_front({path.parent_path().string(), path.string(), nullptr, {}, true});
    }
    name_changes_.insert(name_changes_.end(), made.begin(), made.end());
    return {};
}

std::error_code SimulatedDisk::rename(const log::Path& from, const log::Path& to) {
    const std::lock_guard lock{mutex_};
    if (const auto error = refuse(Call::rename, from.string())) return error;
    if (power_is_off()) return io_error();
    const auto found = names_.find(from.string());
    if (found == names_.end()) return log::system_error(ENOENT);
    const auto node = found->second;
    names_.erase(found);
    names_[to.string()] = node;
    name_changes_.push_back({to.parent_path().string(), to.string(), node, from.string()});
    return {};
}

std::error_code SimulatedDisk::remove(const log::Path& path) {
    const std::lock_guard lock{mutex_};
    if (const auto error = refuse(Call::remove, path.string())) return error;
    if (power_is_off()) return io_error();
    if (names_.erase(path.string()) == 0) return log::system_error(ENOENT);
    name_changes_.push_back({path.parent_path().string(), path.string(), nullptr});
    return {};
}

std::error_code SimulatedDisk::remove_folder(const log::Path& path) {
    const std::lock_guard lock{mutex_};
    if (const auto error = refuse(Call::remove, path.string())) return error;
    if (power_is_off()) return io_error();
    if (!folders_.contains(path.string())) return log::system_error(ENOENT);
    const auto in_it = [&](const std::string& name) { return log::Path{name}.parent_path() == path; };
    const bool empty = std::none_of(folders_.begin(), folders_.end(), in_it) &&
                       std::none_of(names_.begin(), names_.end(), [&](const auto& file) { return in_it(file.first); });
    if (!empty) return log::system_error(ENOTEMPTY);
    folders_.erase(path.string());
    name_changes_.push_back({path.parent_path().string(), path.string(), nullptr, {}, false, true});
    return {};
}

std::error_code SimulatedDisk::sync_folder(const log::Path& folder) {
    const std::lock_guard lock{mutex_};
    std::error_code refused = refuse(Call::sync_folder, folder.string());
    if (refused == std::errc::too_many_files_open) return refused;
    if (power_is_off()) return io_error();
    if (!has_folder(folder.string())) return log::system_error(ENOENT);
    if (failed_folders_.contains(folder.string())) ++syncs_after_failure_;
    if (strike(fail_folder_sync_)) refused = io_error();
    const bool fails = static_cast<bool>(refused);
    std::deque<NameChange> left;
    for (const NameChange& change : name_changes_) {
        if (change.folder != folder) {
            left.push_back(change);
        } else if (!fails || random_() % 2 == 0) {
            make_durable(change);
        }
    }
    name_changes_ = std::move(left);
    if (!fails) return {};
    failed_folders_.insert(folder.string());
    return log::as_final(refused);
}

log::Expected<std::unique_ptr<log::FolderLock>> SimulatedDisk::lock(const log::Path& path) {
    const std::lock_guard lock{mutex_};
    if (const auto error = refuse(Call::lock, path.string())) return tl::unexpected(error);
    if (!locks_.insert(path.string()).second) return tl::unexpected(make_error_code(log::Errc::locked));
    return std::make_unique<Lock>(*this, path.string());
}

}  // namespace station::test
