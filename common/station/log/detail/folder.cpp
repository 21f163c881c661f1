#include <array>
#include <station/log/detail/folder.hpp>
#include <station/log/layout.hpp>

namespace station::log {

std::optional<Error> make_folders(Disk& disk, const Path& dir) {
    const Path topics = dir / kTopicsFolder;
    if (const auto error = disk.create_folders(topics)) return Error{error, dir.string()};
    if (const auto error = disk.sync_folder(topics)) return Error{error, topics.string()};
    if (const auto error = disk.sync_folder(dir)) return Error{error, dir.string()};
    std::error_code error;
    Path above = std::filesystem::absolute(dir / ".", error).parent_path().parent_path();
    if (error) return Error{error, dir.string()};
    for (bool whole = false; !whole; above = above.parent_path()) {
        whole = above == above.parent_path();
        error = disk.sync_folder(above);
        // Somebody else's folder may be closed to us, and some file systems have folders that need no sync.
        const bool not_ours = error == std::errc::permission_denied || error == std::errc::operation_not_permitted ||
                              error == std::errc::invalid_argument || error == std::errc::read_only_file_system;
        if (error && !not_ours) return Error{error, above.string()};
    }
    return std::nullopt;
}

Expected<std::optional<SegmentHeader>> read_header(Disk& disk, const Path& segment) {
    const auto file = disk.open(segment, Open::read);
    if (!file && file.error() == std::errc::no_such_file_or_directory) return std::nullopt;
    if (!file) return tl::unexpected(file.error());
    std::array<std::byte, kSegmentHeaderSize> head;
    const auto read = (*file)->read_at(0, head);
    if (!read) return tl::unexpected(read.error());
    SegmentHeader header;
    if (decode_segment_header(Bytes{head}.first(*read), header) != Decoded::ok) return std::nullopt;
    return header;
}

}  // namespace station::log
