// A folder of topics as its files, to break one byte of and open again, thousands of times.
#pragma once

#include "model.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace station::lab {

using FileBytes = std::vector<std::byte>;

struct Folder {
    std::map<std::string, FileBytes> files;
    std::int64_t time = 0;  // when it was left

    static Folder of(const SimulatedDisk& disk);
    // On a disk of its own, everything durable.
    std::unique_ptr<SimulatedDisk> disk() const;
    FileBytes& at(const log::Path& path) { return files.at(path.string()); }
};

// Where the records of a segment begin, and where the last one ends.
std::vector<std::uint64_t> record_positions(const FileBytes& segment);

}  // namespace station::lab
