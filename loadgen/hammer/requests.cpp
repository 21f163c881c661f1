#include <loadgen/hammer/requests.hpp>

#include <algorithm>
#include <bit>
#include <random>

namespace station::hammer {
namespace {

constexpr std::size_t kEchoRingBytes = std::size_t{1} << 19;  // stays in the second-level cache
constexpr std::size_t kFewestLines = 16;
constexpr std::size_t kMostEchoLines = 4096;
constexpr std::size_t kFewestEvents = 16384;
constexpr std::size_t kMostEvents = std::size_t{1} << 20;
constexpr std::size_t kBatchBytes = std::size_t{256} * 1024;
constexpr std::int64_t kMostAmount = 100;

using Random = std::mt19937_64;

std::size_t ring_size(const Plan& plan) {
    if (plan.mix == Mix::echo) {
        return std::bit_floor(std::clamp(kEchoRingBytes / (plan.payload + 1), kFewestLines, kMostEchoLines));
    }
    return std::bit_ceil(std::clamp(4 * plan.users, kFewestEvents, kMostEvents));
}

void append_echo(std::string& bytes, std::size_t payload, Random& random) {
    constexpr unsigned kPrintable = '~' - '!' + 1;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < payload; ++i, bits >>= 8) {
        if (i % 8 == 0) bits = random();
        bytes += static_cast<char>('!' + ((bits & 0xFF) * kPrintable >> 8));
    }
}

void append_event(std::string& bytes, const std::string& user, bool buys_only, Random& random) {
    std::uniform_int_distribution<std::int64_t> amounts{1, kMostAmount};
    const bool buy = buys_only || random() % 2 == 0;
    const std::int64_t amount = buys_only ? 1 : amounts(random);
    bytes += R"({"user":")" + user + R"(","action":")" + (buy ? "buy" : "sell") + R"(","amount":)" +
             std::to_string(amount) + "}";
}

}  // namespace

Requests::Requests(const Plan& plan) : mix_(plan.mix), mask_(ring_size(plan) - 1) {
    Random random{plan.seed};
    std::uniform_int_distribution<std::size_t> users{0, std::max<std::size_t>(plan.users, 1) - 1};
    std::bernoulli_distribution reads{std::clamp(plan.reads, 0.0, 1.0)};
    const bool asks = plan.mix == Mix::events && plan.reads > 0;
    for (std::size_t i = 0; i < size(); ++i) {
        begins_.push_back(bytes_.size());
        if (plan.mix == Mix::echo) {
            append_echo(bytes_, std::max<std::size_t>(plan.payload, 1), random);
        } else {
            const std::string user = "user" + std::to_string(users(random));
            if (asks) asks_.push_back(reads(random));
            if (asks && asks_.back()) {
                bytes_ += R"({"type":"balance","user":")" + user + "\"}";
            } else {
                append_event(bytes_, user, plan.buys_only, random);
            }
        }
        bytes_ += '\n';
    }
    close_ring();
}

void Requests::close_ring() {
    const std::size_t ring = bytes_.size();
    most_at_once_ = std::clamp<std::size_t>(kBatchBytes / (ring / size()), 1, size());
    // One line more than a batch: the rest of a line that was begun goes out in front of it.
    const std::size_t doubled = std::min(most_at_once_ + 1, size());
    const std::size_t end = doubled == size() ? ring : begins_[doubled];
    bytes_.append(bytes_, 0, end);
    for (std::size_t i = 0; i < doubled; ++i) begins_.push_back(ring + begins_[i]);
    begins_.push_back(bytes_.size());
    most_at_once_ = doubled - 1;
}

std::string_view Requests::batch(std::uint64_t first, std::size_t count) const {
    const std::size_t begin = begins_[index(first)];
    return {bytes_.data() + begin, begins_[index(first) + count] - begin};
}

std::size_t Requests::lines_begun(std::uint64_t first, std::size_t bytes) const {
    const auto from = begins_.begin() + static_cast<std::ptrdiff_t>(index(first));
    return static_cast<std::size_t>(std::lower_bound(from, begins_.end(), *from + bytes) - from);
}

}  // namespace station::hammer
