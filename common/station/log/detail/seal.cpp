#include <station/log/detail/recovery.hpp>
#include <station/log/detail/scan.hpp>

namespace station::log {

std::error_code finish_segment(Disk& disk, Segment& segment, std::uint64_t proven) {
    auto file = disk.open(segment.path(), Open::write);
    if (!file) return file.error();
    if (const auto error = copy_bytes(**file, proven, segment.end(), **file, proven)) return error;
    const auto size = (*file)->size();
    if (!size) return size.error();
    if (*size > segment.end()) {
        if (const auto error = (*file)->truncate(segment.end())) return error;
    }
    return segment.sync(**file);
}

std::error_code index_segment(Disk& disk, Segment& segment) {
    const auto error = store_index(disk, segment.index_path(), segment.summary(segment.end()), segment.index_copy());
    if (!error) segment.drop_index();
    return error;
}

}  // namespace station::log
