// How many messages a member may send: a bucket that fills at a steady rate, and holds so many (a token bucket). Not
// thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <station/ledger/error.hpp>
#include <string_view>
#include <unordered_map>

#include "chat/model/id.hpp"

namespace station::chat {

struct RateLimit {
    std::int64_t per_minute = 60;
    std::int64_t burst = 20;
    // "60:20"; "none" is no limit, nullopt inside.
    static tl::expected<std::optional<RateLimit>, std::string> parse(std::string_view text);
};

class Rate {
  public:
    explicit Rate(std::optional<RateLimit> limit) : limit_(limit) {}

    // Seconds until the next one may come; 0: now.
    int wait(const Id& who, std::int64_t now) const;
    void spend(const Id& who, std::int64_t now);
    void give_back(const Id& who);

  private:
    struct Bucket {
        double tokens = 0;
        std::int64_t at = 0;  // ns
    };
    double tokens(const Id& who, std::int64_t now) const;

    std::optional<RateLimit> limit_;
    std::unordered_map<Id, Bucket, IdHash> buckets_;
};

}  // namespace station::chat
