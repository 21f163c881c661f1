// The commands of `station` that work straight on a folder. Each returns the exit status: 0, or 1 where it failed and
// has said why on standard error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "commands/arguments.hpp"

namespace station::final_station {

struct FolderOptions {
    std::string dir = "data";
    std::vector<std::string> topics;  // publish, tail, replay: exactly one
    std::string durability = "always";
    std::uint64_t segment_bytes = std::uint64_t{256} << 20;
    std::size_t max_payload = std::size_t{1} << 20;
    bool json = false;
};

int init(const FolderOptions& options);
int publish(const FolderOptions& options, const PublishOptions& publish);
int replay(const FolderOptions& options, const ReplayOptions& replay);
int topics(const FolderOptions& options);
int topic(const FolderOptions& options, const TopicOptions& change);
int verify(const FolderOptions& options);
int dump(const FolderOptions& options);

}  // namespace station::final_station
