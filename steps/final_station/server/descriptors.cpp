#include "descriptors.hpp"

#include <algorithm>

namespace station::final_station {
namespace {

// Standard input, output and error; two doors; what the signals' own thread waits with.
constexpr std::size_t kProcess = 3 + 2 + 6;
constexpr std::size_t kEachThread = 3;  // epoll, its timer, what wakes it; the thread that accepts has them, too
// What the log opens whatever it may keep: its locks, and for a moment a segment to write, its index, its folder. And
// a connection that is taken only to be told that there are too many.
constexpr std::size_t kSpare = 8;

constexpr std::size_t kLeastForLog = 4;
constexpr std::size_t kEnoughForLog = 1024;
constexpr std::size_t kMostForLog = 16384;  // of those that no connection may want
constexpr std::size_t kLeastConnections = 2;

}  // namespace

std::size_t descriptors_needed(std::size_t threads) {
    return kProcess + (threads + 1) * kEachThread + kSpare + kLeastForLog + kLeastConnections;
}

std::optional<DescriptorShares> share_descriptors(std::size_t limit, std::size_t threads, std::size_t connections) {
    if (limit < descriptors_needed(threads)) return std::nullopt;
    DescriptorShares shares;
    shares.server = kProcess + (threads + 1) * kEachThread + kSpare;
    const std::size_t left = limit - shares.server;
    shares.log = std::clamp(left / 4, kLeastForLog, kEnoughForLog);
    shares.connections = std::min(connections, left - shares.log);
    shares.log = std::max(shares.log, std::min(kMostForLog, (left - shares.connections) / 2));
    return shares;
}

}  // namespace station::final_station
