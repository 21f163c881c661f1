// Topics in a NATS cluster, behind the same doors: --engine. docs/operations.md says what it promises and what not.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <station/log/config.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "engine/engine.hpp"

namespace station::engine {

struct ClusterOptions {
    std::string urls;                  // "nats://a:4222,b:4222"
    std::optional<unsigned> replicas;  // none: three in a cluster, else one
    std::string credentials;           // a file; empty: none
    std::string prefix;
    std::string first_topic;                                      // has stream number 1, whenever it is made
    std::size_t queue_capacity = 65536;                           // events of a topic that wait or are in flight
    std::function<void(log::Severity, std::string_view)> logger;  // called from any thread
};

// Waits for the cluster. An error is a sentence: no node can be reached, a stream is there with other settings, or this
// program was built without libnats.
tl::expected<std::unique_ptr<Engine>, std::string> open_cluster(ClusterOptions options);

}  // namespace station::engine
