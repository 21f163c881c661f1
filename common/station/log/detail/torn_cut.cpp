#include <station/base/assertion.hpp>
#include <station/log/detail/scan.hpp>
#include <station/log/detail/torn_cut.hpp>
#include <station/log/layout.hpp>
#include <utility>

namespace station::log {
namespace {

Error failure(std::error_code code, const Path& path) { return {code, path.string()}; }

}  // namespace

TornCut::TornCut(OpenFiles& disk, const Path& folder, std::uint32_t segment, std::uint64_t at,
                 std::vector<std::uint32_t> behind)
    : disk_(disk),
      folder_(folder),
      segment_(folder / segment_file_name(segment)),
      number_(segment),
      at_(at),
      behind_(std::move(behind)) {}

Expected<Path> TornCut::free_name(std::uint32_t number, std::uint64_t position) const {
    Path path = folder_ / segment_file_name(number);
    const std::string extension = ".torn-" + std::to_string(position);
    path.replace_extension(extension);
    for (int copy = 2;; ++copy) {
        const auto taken = disk_.exists(path);
        if (!taken) return tl::unexpected(taken.error());
        if (!*taken) return path;
        path.replace_extension(extension + "-" + std::to_string(copy));
    }
}

TornCut::Failure TornCut::keep() {
    if (kept_) return std::nullopt;
    const auto file = disk_.open(segment_, Open::read);
    if (!file) return failure(file.error(), segment_);
    const auto size = (*file)->size();
    if (!size) return failure(size.error(), segment_);
    RecordWindow window;
    FileReader source{**file};
    const auto end = end_of_bytes(source, window, at_, *size);
    if (!end) return failure(end.error(), segment_);
    if (*end > at_) {
        if (auto error = copy(**file, *end)) return error;
    }
    bytes_ = *end - at_;
    kept_ = true;
    return std::nullopt;
}

TornCut::Failure TornCut::copy(File& file, std::uint64_t end) {
    const auto path = free_name(number_, at_);
    if (!path) return failure(path.error(), segment_);
    const auto fill = [&]() -> std::error_code {
        const auto torn = disk_.open(*path, Open::create);
        if (!torn) return torn.error();
        if (const auto error = copy_bytes(file, at_, end, **torn, 0)) return error;
        return as_final((*torn)->sync());
    };
    if (const auto error = fill()) {
        disk_.remove(*path);  // half of it helps nobody, and holds room
        return failure(error, *path);
    }
    if (const auto error = disk_.sync_folder(folder_)) return failure(error, folder_);
    kept_in_ = path->string();
    return std::nullopt;
}

TornCut::Failure TornCut::set_aside(std::uint32_t number) {
    const Path path = folder_ / segment_file_name(number);
    const auto aside = free_name(number, 0);
    if (!aside) return failure(aside.error(), path);
    // Without its segment it would vouch for what is no longer there.
    const Path index = folder_ / index_file_name(number);
    const auto removed = disk_.remove(index);
    if (removed && removed != std::errc::no_such_file_or_directory) return failure(removed, index);
    if (const auto error = disk_.rename(path, *aside)) return failure(error, *aside);
    set_aside_.push_back(aside->string());
    return std::nullopt;
}

TornCut::Failure TornCut::cut() {
    STATION_ASSERT(kept_);
    const bool any_behind = !behind_.empty();
    while (!behind_.empty()) {
        if (auto error = set_aside(behind_.back())) return error;
        behind_.pop_back();
    }
    // Were the cut durable first, the segments behind it would be a log that misses events.
    if (any_behind) {
        if (const auto error = disk_.sync_folder(folder_)) return failure(error, folder_);
    }
    const auto file = disk_.open(segment_, Open::write);
    if (!file) return failure(file.error(), segment_);
    if (const auto error = (*file)->truncate(at_)) return failure(error, segment_);
    if (const auto error = (*file)->sync()) return failure(as_final(error), segment_);
    return std::nullopt;
}

}  // namespace station::log
