// What a simulated disk gives and refuses, whatever lies on it.
#include "log_simulated_disk.hpp"

namespace station::test {
namespace {

// The n-th number of Vigna's splitmix64, which can be had from any thread without a lock.
std::uint64_t splitmix(std::uint64_t seed, std::uint64_t n) {
    std::uint64_t z = seed + (n + 1) * 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

}  // namespace

void SimulatedDisk::connect(log::BusConfig& config) {
    config.disk = this;
    config.clock = [this] { return time_ += 100'000; };
    config.entropy = [this] { return splitmix(seed_, entropy_drawn_++); };
}

void SimulatedDisk::fail_call(std::uint64_t nth, std::error_code error) {
    const std::lock_guard lock{mutex_};
    fail_call_ = nth;
    call_error_ = error;
}

void SimulatedDisk::fail_from(std::uint64_t nth, std::set<Call> kinds, std::error_code error) {
    const std::lock_guard lock{mutex_};
    fail_from_ = nth > 0 ? calls_ + nth : 0;
    failing_kinds_ = std::move(kinds);
    kinds_error_ = error;
}

std::uint64_t SimulatedDisk::calls() const {
    const std::lock_guard lock{mutex_};
    return calls_;
}

void SimulatedDisk::on_call(std::function<void(Call, const std::string&)> listener) {
    const std::lock_guard lock{mutex_};
    listener_ = std::move(listener);
}

std::error_code SimulatedDisk::refuse(Call call, const std::string& path) {
    ++calls_;
    if (listener_) listener_(call, path);
    if (strike(fail_call_)) return call_error_;
    if (fail_from_ > 0 && calls_ >= fail_from_ && failing_kinds_.contains(call)) return kinds_error_;
    return {};
}

}  // namespace station::test
