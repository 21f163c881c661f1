#include <station/flow/work.hpp>

#include <algorithm>
#include <station/flow/duration.hpp>
#include <thread>

namespace station::flow {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kExpected = "none, cpu:TIME or sleep:TIME, where TIME is like 200us, 1ms or 1s";

}  // namespace

tl::expected<Work, std::string_view> Work::parse(std::string_view text) {
    if (text == "none") return Work{};
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return tl::unexpected(kExpected);
    const std::string_view kind = text.substr(0, colon);
    if (kind != "cpu" && kind != "sleep") return tl::unexpected(kExpected);
    const auto cost = parse_duration(text.substr(colon + 1));
    if (!cost) return tl::unexpected(kExpected);
    return Work{kind == "cpu" ? Kind::cpu : Kind::sleep, *cost};
}

void Work::operator()() const {
    if (kind_ == Kind::none) return;
    constexpr std::chrono::nanoseconds kLookUp = std::chrono::milliseconds{50};
    const auto until = Clock::now() + cost_;
    for (auto now = Clock::now(); now < until; now = Clock::now()) {
        if (abandoned_->load(std::memory_order_relaxed)) return;
        if (kind_ == Kind::sleep) std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(until - now, kLookUp));
    }
}

}  // namespace station::flow
