// What a check comes to. Inconclusive is for measurements on a machine that was too noisy; the contract knows
// no such thing.
#pragma once

namespace station::lesson {

enum class Verdict { pass, inconclusive, fail };

constexpr Verdict worse(Verdict a, Verdict b) { return a < b ? b : a; }

constexpr int exit_status(Verdict verdict) { return verdict == Verdict::pass ? 0 : verdict == Verdict::fail ? 1 : 3; }

constexpr const char* to_string(Verdict verdict) {
    return verdict == Verdict::pass ? "pass" : verdict == Verdict::fail ? "fail" : "inconclusive";
}

}  // namespace station::lesson
