// Holds up who guesses. A try counts as wrong from its beginning, so that many at once are no way around it, and is
// forgiven when it was right. Ten wrong ones in three minutes for one login from one address, or a hundred from one
// address: then the answer is to wait. A stranger's guesses lock nobody else out, for they come from the stranger's
// address. An IPv6 address is its /64, which is what one customer has.
//
// Any thread. Bounded memory: what is oldest goes first.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <station/base/guarded.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

namespace station::chat {

class Throttle {
  public:
    static constexpr std::size_t kWrongForLogin = 10;
    static constexpr std::size_t kWrongForAddress = 100;
    static constexpr std::int64_t kWindow = 180;  // seconds

    struct Try {
        std::string address;
        std::string login;
        std::int64_t at = 0;
    };
    // `login` may be empty: a code or a key is guessed. `now`: seconds of any clock that only goes forward. 0: go on;
    // otherwise the seconds to wait, and nothing was counted.
    std::int64_t begin(std::string_view login, std::string_view address, std::int64_t now, Try& its);
    void forgive(const Try& its);

  private:
    static constexpr std::size_t kMostKept = 100'000;
    using Tries = std::deque<std::int64_t>;
    std::int64_t wait_of(const std::string& key, std::size_t most, std::int64_t now) STATION_REQUIRES(mutex_);
    void forget_old(std::int64_t now) STATION_REQUIRES(mutex_);
    void take_back(const std::string& key, std::int64_t at) STATION_REQUIRES(mutex_);

    base::Mutex mutex_;
    std::unordered_map<std::string, Tries> tries_ STATION_GUARDED_BY(mutex_);
    std::deque<std::pair<std::int64_t, std::string>> order_ STATION_GUARDED_BY(mutex_);  // what was counted, by age
};

// As one is counted: an IPv4 address, also one inside of IPv6, as it is; of IPv6 the first 64 bits.
std::string counted_address(std::string_view address);

}  // namespace station::chat
