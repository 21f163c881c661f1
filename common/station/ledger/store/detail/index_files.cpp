#include <algorithm>
#include <map>
#include <station/ledger/store/detail/index_files.hpp>
#include <utility>

namespace station::ledger::detail {
namespace {

constexpr std::string_view kUnfinished = ".new";
// Smaller parts count as of this size: many small ones would slow down every look-up, and cost nothing to merge.
constexpr std::uint64_t kSmallPart = 32768;

unsigned size_class(std::uint64_t records, std::uint64_t merge_of) {
    unsigned size_class = 0;
    for (; records >= kSmallPart * merge_of; records /= merge_of) ++size_class;
    return size_class;
}

}  // namespace

log::Expected<Parts> PartFiles::load(bool read_only) {
    const auto exists = disk_->exists(folder_);
    if (!exists) return tl::unexpected(exists.error());
    if (!*exists) return Parts{};
    const auto names = disk_->list(folder_);
    if (!names) return tl::unexpected(names.error());
    std::multimap<Global, Global, std::greater<>> candidates;  // to, from: far-reaching ones first
    std::vector<std::string> useless;
    for (const std::string& name : *names) {
        if (const auto range = range_of_part(name)) {
            candidates.emplace(range->second, range->first);
        } else if (name.starts_with("part-") && name.ends_with(kUnfinished)) {
            useless.push_back(name);
        }
    }
    Parts parts;
    Global end = 0;
    for (auto candidate = candidates.begin(); candidate != candidates.end();) {
        const auto [to, from] = *candidate;
        if (from != end) {
            ++candidate;
            continue;
        }
        const std::string name = part_name(from, to);
        auto part = Part::open(*disk_, folder_ / name, from, to);
        if (part) {
            parts.push_back(std::move(*part));
            end = to;
        } else if (part.error() == Errc::damaged) {
            warn("index " + name + " is damaged, or of another version: it is made again from the log");
            useless.push_back(name);
        } else if (part.error() != std::errc::no_such_file_or_directory) {
            return tl::unexpected(part.error());
        }
        candidates.erase(candidate);
        candidate = candidates.begin();
    }
    for (const auto& [to, from] : candidates) {
        if (to > end) warn("index " + part_name(from, to) + " does not follow on the others: it is thrown away");
        useless.push_back(part_name(from, to));
    }
    if (read_only) return parts;
    for (const std::string& name : useless) disk_->remove(folder_ / name);
    return parts;
}

std::error_code PartFiles::make_folder() {
    const auto exists = disk_->exists(folder_);
    if (!exists) return exists.error();
    return *exists ? std::error_code{} : disk_->create_folders(folder_);
}

std::error_code PartFiles::put(const log::Path& path, const std::function<std::error_code(log::File&)>& fill) {
    log::Path fresh = path;
    fresh += kUnfinished;
    const auto write = [&]() -> std::error_code {
        const auto file = disk_->open(fresh, log::Open::create);
        if (!file) return file.error();
        if (const auto error = fill(**file)) return error;
        return (*file)->sync();
    };
    auto error = write();
    if (!error) error = disk_->rename(fresh, path);
    if (error) {
        disk_->remove(fresh);
        return error;
    }
    // A folder whose sync has failed is not synced again: the next one might say that all is well. A part that is lost
    // in a power cut costs a scan of the log.
    if (!may_sync_folder_) return {};
    error = disk_->sync_folder(folder_);
    if (error) {
        may_sync_folder_ = false;
        disk_->remove(path);
    }
    return error;
}

std::pair<std::size_t, std::size_t> parts_to_merge(std::span<const std::uint64_t> records, std::uint32_t merge_of) {
    // A part that is older than larger ones counts as one of them: parts only become fewer where neighbours merge.
    std::vector<unsigned> classes(records.size());
    unsigned largest = 0;
    for (std::size_t i = records.size(); i-- > 0;) {
        classes[i] = largest = std::max(largest, size_class(records[i], merge_of));
    }
    for (std::size_t end = records.size(); end > 0;) {
        std::size_t begin = end;
        while (begin > 0 && classes[begin - 1] == classes[end - 1]) --begin;
        if (end - begin >= merge_of) return {begin, end};
        end = begin;
    }
    return {0, 0};
}

}  // namespace station::ledger::detail
