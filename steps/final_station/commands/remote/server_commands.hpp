// The commands of `station` on a server that runs: the same options and the same output as on its folder. Each returns
// the exit status: 0, or 1 where it failed and has said why on standard error.
#pragma once

#include <string>
#include <vector>

#include "client/web_client.hpp"
#include "commands/arguments.hpp"

namespace station::final_station {

struct RemoteOptions {
    Remote server;
    std::string topic;
    std::vector<std::string> topics;  // of tail, in place of it: several, or a pattern
    bool json = false;
};

int publish(const RemoteOptions& options, const PublishOptions& publish);
int replay(const RemoteOptions& options, const ReplayOptions& replay);  // tail too, which goes to follow()
int topic(const RemoteOptions& options, const TopicOptions& change);
int topics(const RemoteOptions& options);

}  // namespace station::final_station
