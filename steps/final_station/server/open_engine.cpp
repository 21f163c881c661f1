#include "open_engine.hpp"

#include <utility>

#include "engine/cluster/engine.hpp"
#include "engine/local.hpp"

namespace station::final_station {
namespace {

log::BusConfig bus_config(const ServeOptions& options, std::size_t open_files, Journal& journal) {
    log::BusConfig config;
    config.dir = options.data;
    config.first_topic = kFirstTopic;
    config.durability = log::Durability::parse(options.durability).value();
    config.segment_bytes = options.segment_bytes;
    config.queue_capacity = options.queue;
    config.max_payload = options.limits.max_payload;
    config.open_files = open_files;
    config.logger = [&journal](log::Severity severity, std::string_view text) { journal.write(severity, text); };
    return config;
}

engine::ClusterOptions cluster_options(const ServeOptions& options, Journal& journal) {
    engine::ClusterOptions cluster;
    cluster.urls = options.engine;
    if (options.replicas != 0) cluster.replicas = static_cast<unsigned>(options.replicas);
    cluster.credentials = options.nats_credentials;
    cluster.prefix = options.nats_prefix;
    cluster.first_topic = kFirstTopic;
    cluster.queue_capacity = options.queue;
    cluster.logger = [&journal](log::Severity severity, std::string_view text) { journal.write(severity, text); };
    return cluster;
}

}  // namespace

tl::expected<std::unique_ptr<engine::Engine>, std::string> open_engine(const ServeOptions& options,
                                                                       std::size_t open_files, Journal& journal) {
    if (!options.engine.empty()) return engine::open_cluster(cluster_options(options, journal));
    const log::BusConfig config = bus_config(options, open_files, journal);
    if (const std::string problem = config.problem(); !problem.empty()) return tl::unexpected(problem);
    auto bus = log::Bus::open(config);
    if (!bus) return tl::unexpected(bus.error().message());
    return engine::local(*std::move(bus), config.durability);
}

const std::string& place_of(const ServeOptions& options) {
    return options.engine.empty() ? options.data : options.engine;
}

}  // namespace station::final_station
