#include <algorithm>
#include <new>
#include <station/base/assertion.hpp>
#include <station/log/detail/open_files.hpp>
#include <station/log/error.hpp>

namespace station::log {
namespace {

// Windows overlap by half, so that each record of up to kStep bytes lies whole in the window that its beginning
// chooses.
constexpr std::uint64_t kStep = std::uint64_t{2} << 20;
constexpr std::size_t kWindow = std::size_t{4} << 20;

// A reader that stops keeps what it was reading.
constexpr std::size_t kCopied = std::size_t{64} << 10;

std::error_code no_memory() { return std::make_error_code(std::errc::not_enough_memory); }

}  // namespace

bool out_of_descriptors(std::error_code error) {
    return error == std::errc::too_many_files_open || error == std::errc::too_many_files_open_in_system;
}

OpenFiles::OpenFiles(Disk& disk, Access access, const Limits& limits) : disk_(disk), access_(access), limits_(limits) {}

std::uint64_t OpenFiles::next_serial() {
    const base::Lock lock{mutex_};
    return ++serial_;
}

void OpenFiles::keep(Kept kept) {
    auto& names = kept.shared ? shared_ : written_;
    kept_.push_front(std::move(kept));
    try {
        const auto [place, fresh] = names.emplace(kept_.front().path, kept_.begin());
        STATION_ASSERT(fresh);
    } catch (const std::bad_alloc&) {
        kept_.pop_front();  // it is closed, and opened again when it is wanted
        return;
    }
    while (!kept_.empty() && kept_.size() + taken_ > limits_.files) {
        (kept_.back().shared ? shared_ : written_).erase(kept_.back().path);
        kept_.pop_back();
    }
}

std::shared_ptr<File> OpenFiles::shared_already(const Path& path) {
    const base::Lock lock{mutex_};
    const auto found = shared_.find(path.native());
    if (found == shared_.end()) return nullptr;
    kept_.splice(kept_.begin(), kept_, found->second);
    return kept_.front().shared;
}

Expected<std::shared_ptr<File>> OpenFiles::share(const Path& path) try {
    if (auto file = shared_already(path)) return file;
    const std::string& name = path.native();
    std::uint64_t forgotten = 0;
    {
        const base::Lock lock{mutex_};
        forgotten = forgotten_;
    }
    auto opened = open(path, Open::read);
    if (!opened) return tl::unexpected(opened.error());
    std::shared_ptr<File> file{std::move(*opened)};
    const base::Lock lock{mutex_};
    // Another reader may have opened it meanwhile; one of the two is enough. And what was removed meanwhile may be this
    // one: kept, it would hold its room on the disk, and be taken for the next file of that name.
    if (forgotten == forgotten_ && !shared_.contains(name)) keep({name, file, nullptr});
    return file;
} catch (const std::bad_alloc&) {
    return tl::unexpected(no_memory());
}

Expected<TakenFile> OpenFiles::take(const Path& path) {
    std::unique_ptr<File> file;
    {
        const base::Lock lock{mutex_};
        if (const auto found = written_.find(path.native()); found != written_.end()) {
            file = std::move(found->second->written);
            kept_.erase(found->second);
            written_.erase(found);
        }
    }
    if (file == nullptr) {
        auto opened = open(path, Open::write);
        if (!opened) return tl::unexpected(opened.error());
        file = std::move(*opened);
    }
    TakenFile taken{*this, path, std::move(file)};
    const base::Lock lock{mutex_};
    ++taken_;
    return taken;
}

Expected<TakenFile> OpenFiles::create(const Path& path) {
    forget(path);
    auto opened = open(path, Open::create);
    if (!opened) return tl::unexpected(opened.error());
    TakenFile taken{*this, path, std::move(*opened)};
    const base::Lock lock{mutex_};
    ++taken_;
    return taken;
}

void OpenFiles::taken_back(const Path& path, std::unique_ptr<File> file) {
    const base::Lock lock{mutex_};
    STATION_ASSERT(taken_ > 0);
    --taken_;
    if (file == nullptr) return;
    try {
        keep({path.native(), nullptr, std::move(file)});
    } catch (const std::bad_alloc&) {
        return;  // it is closed, and opened again when it is wanted
    }
}

TakenFile& TakenFile::operator=(TakenFile&& other) noexcept {
    if (this != &other) {
        close();
        files_ = other.files_;
        path_ = std::move(other.path_);
        file_ = std::move(other.file_);
    }
    return *this;
}

void TakenFile::give_back() {
    if (file_ != nullptr) files_->taken_back(path_, std::move(file_));
}

void TakenFile::close() {
    if (file_ == nullptr) return;
    file_.reset();
    files_->taken_back(path_, nullptr);
}

bool OpenFiles::crowded() const {
    const base::Lock lock{mutex_};
    return taken_ > limits_.files / 4 * 3;
}

void OpenFiles::forget(const Path& path) {
    const base::Lock lock{mutex_};
    ++forgotten_;
    for (auto* const names : {&shared_, &written_}) {
        const auto found = names->find(path.native());
        if (found == names->end()) continue;
        kept_.erase(found->second);
        names->erase(found);
    }
}

// False where nothing was kept that nobody uses.
bool OpenFiles::close_idle() {
    const base::Lock lock{mutex_};
    if (kept_.empty()) return false;
    kept_.clear();
    shared_.clear();
    written_.clear();
    return true;
}

bool OpenFiles::unmap_idle() {
    const base::Lock lock{mutex_};
    if (mapped_.empty()) return false;
    mapped_.clear();
    mappings_.clear();
    return true;
}

Expected<std::unique_ptr<File>> OpenFiles::open(const Path& path, Open mode) {
    auto opened = disk_.open(path, mode);
    if (!opened && out_of_descriptors(opened.error()) && close_idle()) opened = disk_.open(path, mode);
    return opened;
}

Expected<std::vector<std::string>> OpenFiles::list(const Path& folder) {
    auto names = disk_.list(folder);
    if (!names && out_of_descriptors(names.error()) && close_idle()) names = disk_.list(folder);
    return names;
}

std::error_code OpenFiles::sync_folder(const Path& folder) {
    const auto error = disk_.sync_folder(folder);
    return out_of_descriptors(error) && close_idle() ? disk_.sync_folder(folder) : error;
}

std::error_code OpenFiles::rename(const Path& from, const Path& to) {
    forget(from);
    forget(to);
    return disk_.rename(from, to);
}

std::error_code OpenFiles::remove(const Path& path) {
    const auto error = disk_.remove(path);
    forget(path);  // afterwards: who opens it meanwhile must not keep it
    return error;
}

std::optional<Mapping> OpenFiles::find_mapping(std::pair<std::uint64_t, std::uint64_t> key) {
    const base::Lock lock{mutex_};
    const auto found = mappings_.find(key);
    if (found == mappings_.end()) return std::nullopt;
    mapped_.splice(mapped_.begin(), mapped_, found->second);
    return mapped_.front().mapping;
}

void OpenFiles::keep_mapping(std::pair<std::uint64_t, std::uint64_t> key, const Mapping& mapping) {
    const base::Lock lock{mutex_};
    if (mappings_.contains(key)) return;
    mapped_.push_front({key, mapping});
    mappings_.emplace(key, mapped_.begin());
    while (mapped_.size() > limits_.mappings) {
        mappings_.erase(mapped_.back().key);
        mapped_.pop_back();
    }
}

Expected<Mapping> OpenFiles::load(const Path& path, const Wanted& wanted) try {
    std::shared_ptr<File> file;
    if (wanted.may_wait) {
        auto shared = share(path);
        if (!shared) return tl::unexpected(shared.error());
        file = std::move(*shared);
    } else {
        file = shared_already(path);
        if (file == nullptr) return tl::unexpected(make_error_code(Errc::not_in_memory));
    }
    Wanted part = wanted;
    part.most = std::min(part.most, std::max(part.least, kCopied));
    return FileReader{*file}.load(part);
} catch (const std::bad_alloc&) {
    return tl::unexpected(no_memory());
}

Expected<Mapping> OpenFiles::load_hot(std::uint64_t serial, const Path& path, const Wanted& wanted) try {
    const std::uint64_t step = wanted.position / kStep;
    const bool fits = wanted.position + wanted.least <= step * kStep + kWindow;
    if (access_ != Access::mapped || !fits) return load(path, wanted);
    const std::pair key{serial, step};
    if (const auto known = find_mapping(key)) return *known;
    if (!wanted.may_wait) return tl::unexpected(make_error_code(Errc::not_in_memory));
    const auto file = share(path);
    if (!file) return tl::unexpected(file.error());
    auto mapping = (*file)->map(step * kStep, kWindow);
    if (!mapping && mapping.error() == std::errc::not_enough_memory && unmap_idle()) {
        mapping = (*file)->map(step * kStep, kWindow);
    }
    if (mapping) keep_mapping(key, *mapping);
    return mapping;
} catch (const std::bad_alloc&) {
    return tl::unexpected(no_memory());
}

}  // namespace station::log
