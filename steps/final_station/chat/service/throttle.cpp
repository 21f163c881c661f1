#include "throttle.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <station/base/text.hpp>

namespace station::chat {
namespace {

std::string key_of_address(std::string_view address) { return "a\n" + std::string{address}; }
std::string key_of_login(std::string_view login, std::string_view address) {
    return "l\n" + std::string{address} + '\n' + base::lower(login);
}

}  // namespace

std::string counted_address(std::string_view address) {
    const std::string text{address};
    std::array<unsigned char, 16> bytes{};
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
    constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    std::array<char, INET6_ADDRSTRLEN> shown{};
    if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
        return ::inet_ntop(AF_INET, bytes.data() + kMapped.size(), shown.data(), shown.size());
    }
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return ::inet_ntop(AF_INET6, bytes.data(), shown.data(), shown.size());
}

std::int64_t Throttle::begin(std::string_view login, std::string_view address, std::int64_t now, Try& its) {
    constexpr std::size_t kEnough = 65;  // no login is longer
    its = {counted_address(address), std::string{login.substr(0, kEnough)}, now};
    const std::string of_address = key_of_address(its.address);
    const std::string of_login = key_of_login(its.login, its.address);
    const base::Lock lock{mutex_};
    forget_old(now);
    const std::int64_t wait =
        std::max(wait_of(of_address, kWrongForAddress, now), wait_of(of_login, kWrongForLogin, now));
    if (wait > 0) return wait;
    for (const std::string& key : {of_address, of_login}) {
        tries_[key].push_back(now);
        order_.emplace_back(now, key);
    }
    return 0;
}

void Throttle::forgive(const Try& its) {
    const base::Lock lock{mutex_};
    take_back(key_of_address(its.address), its.at);
    take_back(key_of_login(its.login, its.address), its.at);
}

std::int64_t Throttle::wait_of(const std::string& key, std::size_t most, std::int64_t now) {
    const auto found = tries_.find(key);
    if (found == tries_.end() || found->second.size() < most) return 0;
    const std::int64_t oldest_that_counts = *(found->second.end() - static_cast<std::ptrdiff_t>(most));
    return std::max<std::int64_t>(1, oldest_that_counts + kWindow - now);
}

void Throttle::forget_old(std::int64_t now) {
    while (!order_.empty() && (order_.front().first + kWindow <= now || order_.size() > kMostKept)) {
        const auto [at, key] = order_.front();
        order_.pop_front();
        take_back(key, at);
    }
}

void Throttle::take_back(const std::string& key, std::int64_t at) {
    const auto found = tries_.find(key);
    if (found == tries_.end()) return;
    const auto one = std::ranges::find(found->second, at);
    if (one != found->second.end()) found->second.erase(one);
    if (found->second.empty()) tries_.erase(found);
}

}  // namespace station::chat
