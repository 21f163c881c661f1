#include "rate.hpp"

#include <cmath>
#include <station/base/numbers.hpp>
#include <string>

namespace station::chat {
namespace {

constexpr double kMinute = 60e9;  // ns

}  // namespace

tl::expected<std::optional<RateLimit>, std::string> RateLimit::parse(std::string_view text) {
    if (text == "none") return std::optional<RateLimit>{};
    const std::size_t colon = text.find(':');
    const auto per_minute = base::parse_number<std::uint32_t>(text.substr(0, colon));
    const auto burst =
        colon == std::string_view::npos ? std::nullopt : base::parse_number<std::uint32_t>(text.substr(colon + 1));
    if (!per_minute || !burst || *per_minute == 0 || *burst == 0) {
        return tl::unexpected("neither N:BURST, messages a minute and at once, nor none: " + std::string{text});
    }
    return std::optional{RateLimit{*per_minute, *burst}};
}

double Rate::tokens(const Id& who, std::int64_t now) const {
    const auto found = buckets_.find(who);
    const auto most = static_cast<double>(limit_->burst);
    if (found == buckets_.end()) return most;
    const double since = static_cast<double>(std::max<std::int64_t>(0, now - found->second.at));
    return std::min(most, found->second.tokens + since * static_cast<double>(limit_->per_minute) / kMinute);
}

int Rate::wait(const Id& who, std::int64_t now) const {
    if (!limit_) return 0;
    const double missing = 1 - tokens(who, now);
    if (missing <= 0) return 0;
    return std::max(1, static_cast<int>(std::ceil(missing * 60 / static_cast<double>(limit_->per_minute))));
}

void Rate::spend(const Id& who, std::int64_t now) {
    if (!limit_) return;
    const double left = tokens(who, now) - 1;
    buckets_[who] = {left, now};
}

void Rate::give_back(const Id& who) {
    if (!limit_) return;
    const auto found = buckets_.find(who);
    if (found == buckets_.end()) return;
    found->second.tokens = std::min(found->second.tokens + 1, static_cast<double>(limit_->burst));
}

}  // namespace station::chat
