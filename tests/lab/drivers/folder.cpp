#include "folder.hpp"

#include <station/log/record.hpp>

namespace station::lab {

Folder Folder::of(const SimulatedDisk& disk) {
    Folder folder;
    folder.time = disk.time();
    for (const std::string& file : disk.files()) folder.files[file] = disk.content(file);
    return folder;
}

std::unique_ptr<SimulatedDisk> Folder::disk() const {
    auto disk = std::make_unique<SimulatedDisk>();
    disk->set_time(time);
    for (const auto& [name, bytes] : files) disk->set_content(name, bytes);
    return disk;
}

std::vector<std::uint64_t> record_positions(const FileBytes& segment) {
    std::vector<std::uint64_t> starts;
    std::size_t at = log::kSegmentHeaderSize;
    while (at < segment.size()) {
        const auto size = log::framed_size(log::Bytes{segment}.subspan(at));
        if (!size) break;
        starts.push_back(at);
        at += *size;
    }
    starts.push_back(at);
    return starts;
}

}  // namespace station::lab
