#include <atomic>
#include <new>
#include <station/log/file.hpp>

namespace station::log {

std::shared_ptr<std::byte> ReadBuffer::room(std::size_t size) try {
    if (memory_ == nullptr || memory_.use_count() > 1 || capacity_ < size) {
        memory_.reset();
        const auto fresh = std::make_shared_for_overwrite<std::byte[]>(size);
        memory_ = {fresh, fresh.get()};
        capacity_ = size;
    }
    std::atomic_thread_fence(std::memory_order_acquire);  // what others read in it, they have read
    return memory_;
} catch (const std::bad_alloc&) {
    return nullptr;
}

Expected<std::string> read_whole(Disk& disk, const Path& path) {
    auto file = disk.open(path, Open::read);
    if (!file) return tl::unexpected(file.error());
    const auto size = (*file)->size();
    if (!size) return tl::unexpected(size.error());
    if (*size == 0) return std::string{};
    std::string content(static_cast<std::size_t>(*size), '\0');
    const auto read = (*file)->read_at(0, std::as_writable_bytes(std::span{content}));
    if (!read) return tl::unexpected(read.error());
    content.resize(*read);
    return content;
}

std::error_code replace_unsynced(Disk& disk, const Path& path, Bytes content) {
    Path fresh = path;
    fresh += ".new";
    const auto write = [&]() -> std::error_code {
        const auto file = disk.open(fresh, Open::create);
        if (!file) return file.error();
        if (const auto error = (*file)->write_at(0, content)) return error;
        return (*file)->sync();
    };
    auto error = write();
    if (!error) error = disk.rename(fresh, path);
    if (error) disk.remove(fresh);  // it holds room, and nobody will ask for it
    return error;
}

std::error_code replace_whole(Disk& disk, const Path& path, Bytes content) {
    if (const auto error = replace_unsynced(disk, path, content)) return error;
    return disk.sync_folder(path.parent_path());
}

}  // namespace station::log
