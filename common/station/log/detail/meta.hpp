// bus.meta.json: which topics there are, and the number each has on the wire.
//   {"version":1,"topics":[{"name":"lobby","stream":1},{"name":"ledger","stream":2,"ledger":true},
//    {"name":"cpu","stream":4,"retain_bytes":1073741824,"retain_age_ns":86400000000000,
//     "first_segment":7,"first_offset":90210}],"last_stream":4,"deleted":[{"name":"old","stream":3}]}
//
// What may be missing: "first_segment" and "first_offset" are there once segments have gone, "last_stream" once a topic
// was deleted, "deleted" while one is. A topic is gone as soon as this file says so, whatever lies in its folder.
#pragma once

#include <cstdint>
#include <station/log/error.hpp>
#include <station/log/file.hpp>
#include <station/log/retention.hpp>
#include <string>
#include <vector>

namespace station::log {

struct TopicName {
    std::string name;
    std::uint32_t stream = 0;
    bool ledger = false;  // only a ledger may append to it
    Retention retention = {};
    std::uint32_t first_segment = 1;  // those before it are gone, or about to go
    std::uint64_t first_offset = 0;   // that it begins with
};

struct Meta {
    std::vector<TopicName> topics;
    std::vector<TopicName> deleted;  // their folders may still be there
    std::uint32_t last_stream = 0;   // no number up to this one is given to anybody; 0: no topic was deleted yet
};

// An empty list where there is no such file.
Result<Meta> load_meta(Disk& disk, const Path& path);
std::error_code store_meta(Disk& disk, const Path& path, const Meta& meta);

}  // namespace station::log
