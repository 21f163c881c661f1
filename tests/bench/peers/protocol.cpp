#include "protocol.hpp"

#include <array>
#include <stdexcept>

namespace station::peers {
namespace {

struct Entry {
    const char* name;
    std::unique_ptr<Protocol> (*make)(const ProtocolOptions&);
};

constexpr std::array kProtocols{
    Entry{"redis-streams", make_redis_streams}, Entry{"redis-pubsub", make_redis_pubsub},
    Entry{"jetstream", make_jetstream},         Entry{"json-lines", make_json_lines},
    Entry{"websocket", make_websocket},         Entry{"postgres", make_postgres},
};

}  // namespace

std::vector<std::string> protocol_names() {
    std::vector<std::string> names;
    for (const Entry& entry : kProtocols) names.emplace_back(entry.name);
    return names;
}

std::unique_ptr<Protocol> make_protocol(const ProtocolOptions& options) {
    for (const Entry& entry : kProtocols) {
        if (options.name == entry.name) return entry.make(options);
    }
    throw std::invalid_argument{"no such protocol: " + options.name};
}

}  // namespace station::peers
