#include <loadgen/hammer/payloads.hpp>

#include <random>
#include <station/base/numbers.hpp>

namespace station::hammer {
namespace {

constexpr std::size_t kVariety = 4096;

}  // namespace

Payloads::Payloads(const Plan& plan) : size_(plan.payload) {
    std::mt19937_64 random{plan.seed};
    if (plan.mix != Mix::ws) return;
    for (std::size_t i = 0; i < size_ + kVariety; ++i) text_ += static_cast<char>('0' + random() % ('z' - '0' + 1));
}

void Payloads::append(std::string& out, std::uint64_t number, Nanoseconds stamp) const {
    const std::size_t at = out.size();
    out.append(text_, static_cast<std::size_t>(number % kVariety), size_);
    if (size_ < kStampBytes) return;
    auto bits = static_cast<std::uint64_t>(stamp.count());
    for (std::size_t i = kStampBytes; i-- > 0; bits >>= 4) out[at + i] = "0123456789abcdef"[bits & 15];
}

std::optional<Nanoseconds> stamp_of(std::string_view payload) {
    if (payload.size() < kStampBytes) return std::nullopt;
    const auto stamp = base::parse_number<Nanoseconds::rep>(payload.substr(0, kStampBytes), 16);
    return stamp ? std::optional{Nanoseconds{*stamp}} : std::nullopt;
}

}  // namespace station::hammer
