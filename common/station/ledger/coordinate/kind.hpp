// What an event is: 16 bits, the category in the upper four and the type in the lower twelve. Categories 0x0 (the
// ledger itself) and 0xD (effects) are reserved; a product makes its kinds where the compiler sees them:
//
//   constexpr EventKind kDeposited = EventKind::custom(1, 1);   // custom(0, 1) does not compile
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <station/ledger/error.hpp>
#include <string>
#include <string_view>

namespace station::ledger {

class EventKind {
  public:
    constexpr EventKind() = default;  // data

    static consteval EventKind custom(unsigned category, unsigned type) {
        if (category == 0x0 || category == 0xD) reserved_category();
        if (category > kMaxCategory || type > kMaxType) no_such_kind();
        return EventKind{static_cast<std::uint16_t>(category << 12 | type)};
    }
    // The same for what is only known at run time: Errc::reserved_kind, Errc::bad_kind.
    static Result<EventKind> make(unsigned category, unsigned type);
    // Any, the reserved ones too: for reading.
    static constexpr EventKind from_bits(std::uint16_t bits) { return EventKind{bits}; }
    // "15:1", both decimal; the reserved ones too.
    static std::optional<EventKind> from_text(std::string_view text);
    std::string to_text() const;

    constexpr std::uint16_t bits() const { return bits_; }
    constexpr unsigned category() const { return bits_ >> 12; }
    constexpr unsigned type() const { return bits_ & kMaxType; }
    constexpr bool is_system() const { return category() == 0x0; }
    constexpr bool is_effect() const { return category() == 0xD; }
    constexpr bool is_reserved() const { return is_system() || is_effect(); }

    friend constexpr auto operator<=>(EventKind, EventKind) = default;

    static constexpr unsigned kMaxCategory = 15;
    static constexpr unsigned kMaxType = 4095;

  private:
    explicit constexpr EventKind(std::uint16_t bits) : bits_(bits) {}
    // Not constexpr: the compiler names them where somebody calls custom() with what it must not be called with.
    static void reserved_category();
    static void no_such_kind();

    std::uint16_t bits_ = 0;
};

namespace kinds {
inline constexpr EventKind data = EventKind::from_bits(0x0000);
inline constexpr EventKind system_init = EventKind::from_bits(0x0001);
inline constexpr EventKind system_shutdown = EventKind::from_bits(0x0002);
inline constexpr EventKind system_heartbeat = EventKind::from_bits(0x0003);
inline constexpr EventKind system_config_change = EventKind::from_bits(0x0004);
inline constexpr EventKind system_checkpoint = EventKind::from_bits(0x0005);
inline constexpr EventKind bypass = EventKind::from_bits(0x0006);
inline constexpr EventKind erased = EventKind::from_bits(0x0007);
inline constexpr EventKind effect_error = EventKind::from_bits(0xD001);
inline constexpr EventKind effect_retry = EventKind::from_bits(0xD002);
inline constexpr EventKind effect_ack = EventKind::from_bits(0xD004);
inline constexpr EventKind effect_backpressure = EventKind::from_bits(0xD005);
inline constexpr EventKind effect_cancel = EventKind::from_bits(0xD006);
inline constexpr EventKind effect_conflict = EventKind::from_bits(0xD007);
}  // namespace kinds

}  // namespace station::ledger
