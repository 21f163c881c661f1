// What a piece of code requires, said where it is required and checked there: an invariant that lives in a comment is
// checked by nobody.
//
//   STATION_ASSERT(condition)        always: for what costs no more than a comparison
//   STATION_ASSERT_SLOW(condition)   in sanitizer builds, whose tests then look: for walks and for look-ups
//
// What fails is a bug in this program, never bad input: it says where on standard error and ends the process (abort),
// before what is wrong can reach a disk.
#pragma once

namespace station::base {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace station::base

#define STATION_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::station::base::assertion_failed(#condition, __FILE__, __LINE__))

#if defined(STATION_SLOW_ASSERTIONS)
#define STATION_ASSERT_SLOW(condition) STATION_ASSERT(condition)
#else
#define STATION_ASSERT_SLOW(condition) static_cast<void>(sizeof(condition))
#endif
