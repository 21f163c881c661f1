// bus.meta.json: which topics there are, and the number each has on the wire.
//   {"version":1,"topics":[{"name":"lobby","stream":1},{"name":"ledger","stream":2,"ledger":true}]}
#pragma once

#include <cstdint>
#include <station/log/error.hpp>
#include <station/log/file.hpp>
#include <string>
#include <vector>

namespace station::log {

struct TopicName {
    std::string name;
    std::uint32_t stream = 0;
    bool ledger = false;  // only a ledger may append to it
};

// An empty list where there is no such file.
Result<std::vector<TopicName>> load_meta(Disk& disk, const Path& path);
std::error_code store_meta(Disk& disk, const Path& path, const std::vector<TopicName>& topics);

}  // namespace station::log
