#include <loadgen/hammer/payloads.hpp>

#include <charconv>
#include <random>

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
    Nanoseconds::rep stamp = 0;
    const auto [end, error] = std::from_chars(payload.data(), payload.data() + kStampBytes, stamp, 16);
    if (error != std::errc{} || end != payload.data() + kStampBytes) return std::nullopt;
    return Nanoseconds{stamp};
}

}  // namespace station::hammer
