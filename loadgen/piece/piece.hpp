// A small harness for one piece of an exercise: the learner's file, called directly, case by case, in milliseconds.
// Where the black box (loadgen/check) sees a symptom, this sees the call that was answered wrongly.
//
// A file of cases is compiled with the learner's folder first on the include path, and with AddressSanitizer and
// UndefinedBehaviorSanitizer (loadgen/piece/CMakeLists.txt). Each case runs in a process of its own, so that one that
// crashes or never returns is a finding like any other. A case runs on one thread unless it starts others.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace station::piece {

struct Case {
    std::string_view id;     // stable, unique in its program: "a-full-channel-says-so"
    std::string_view title;  // what holds, one sentence without a full stop
    void (*run)();
};

struct Registered {
    explicit Registered(const Case& one);
};

// What is being called from now on, for a report of a call that crashes or never returns. Any thread.
void calling(std::string_view call);

// Ends the case: `call` came to something else than was expected. Any thread.
[[noreturn]] void fail(std::string_view call, const std::string& expected, const std::string& came);

// Ends the case where memory was taken and nobody can give it back any more.
void expect_nothing_leaked();

// How a value is told to a learner. Overloads for types of a piece stand in its file of cases.
inline std::string text(bool value) { return value ? "true" : "false"; }
std::string text(std::string_view value);  // in quotes; what can't be shown as \x1b
inline std::string text(const char* value) { return text(std::string_view{value}); }
inline std::string text(std::nullopt_t) { return "nullopt"; }
template <typename Number>
    requires requires(Number number) { std::to_string(number); }
std::string text(Number number) {
    return std::to_string(number);
}
template <typename Optional>
    requires requires(const Optional& value) { value.has_value(), *value; }
std::string text(const Optional& value) {
    return value.has_value() ? text(*value) : std::string{"nullopt"};
}

template <typename Came, typename Expected>
void expect_equal(std::string_view call, const Came& came, const Expected& expected) {
    if (!(came == expected)) fail(call, text(expected), text(came));
}

}  // namespace station::piece

#define STATION_PIECE_JOIN_(a, b) a##b
#define STATION_PIECE_JOIN(a, b) STATION_PIECE_JOIN_(a, b)

// PIECE_CASE("a-full-channel-says-so", "A full channel says Push::full") { … }
#define PIECE_CASE(identifier, sentence)                                                           \
    static void STATION_PIECE_JOIN(piece_case_, __LINE__)();                                       \
    static const ::station::piece::Registered STATION_PIECE_JOIN(piece_registered_, __LINE__){     \
        ::station::piece::Case{identifier, sentence, &STATION_PIECE_JOIN(piece_case_, __LINE__)}}; \
    static void STATION_PIECE_JOIN(piece_case_, __LINE__)()

// EXPECT(channel.try_push(3), Push::full)
#define EXPECT(call, expected) \
    (::station::piece::calling(#call), ::station::piece::expect_equal(#call, (call), (expected)))
