// Where there is no libnats to build the cluster's engine with.
#include "engine.hpp"

namespace station::engine {

tl::expected<std::unique_ptr<Engine>, std::string> open_cluster(ClusterOptions) {
    return tl::unexpected(std::string{"--engine: this station was built without libnats (libnats-dev)"});
}

}  // namespace station::engine
