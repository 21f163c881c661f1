// `station serve`: the options of a server, its log, its beginning and its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "limits.hpp"
#include "server.hpp"

namespace station::app {
class Command;
}

namespace station::final_station {

struct ServeOptions {
    std::string config;  // where further options came from
    std::string data = "data";
    std::string engine;        // addresses of a NATS cluster; empty: the folder
    std::size_t replicas = 0;  // of a topic's stream there; 0: by the cluster
    std::string nats_credentials;
    std::string nats_prefix = "station";
    std::string host = "127.0.0.1";  // of both doors
    std::string durability = "always";
    std::uint64_t segment_bytes = std::uint64_t{256} << 20;
    std::size_t queue = 65536;
    ServerOptions server;
    Limits limits;
    std::vector<std::string> allow_origins;
    std::vector<std::string> allow_hosts;
    std::string token_file;
    std::string request_timeout = "8s";
    std::string keep_alive = "60s";
    std::string idle_timeout = "60m";
    std::string ping_interval = "20s";
    std::string slow_reader = "5m";
    std::string drain_timeout = "10s";
    bool chat = false;
    std::string chat_url;
    std::string chat_rate = "60:20";
    bool allow_private_webhooks = false;
    std::string log_level = "info";
    std::string log_format = "text";
    bool log_json = false;  // its old name
};

void add_serve_options(const app::Command& command, ServeOptions& options);

// Returns the exit status: 0, 1 where it failed, 2 where it could not begin (an option, a port, the folder).
int serve(const ServeOptions& options);

}  // namespace station::final_station
