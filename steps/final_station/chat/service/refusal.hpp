// Why the chat did not do what it was asked, with the same words at every door. Any thread.
#pragma once

#include <station/ledger/guard/denial.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace station::chat {

struct Refusal {
    std::string reason;   // for programs: "not_a_member"
    std::string detail;   // for people
    int retry_after = 0;  // seconds; 0: nothing is said of it

    int status() const;  // HTTP's
};

// The reason that is none: it is there already, and that one is the answer.
inline constexpr const char* kExists = "exists";

template <typename T>
using Answer = tl::expected<T, Refusal>;

// With the table's own words where none are given. A reason that is not in the table is a mistake of the program's.
Refusal refusal(std::string_view reason, std::string detail = {});
tl::unexpected<Refusal> refused(std::string_view reason, std::string detail = {});
Refusal refusal_of(const ledger::Denial& denial);

}  // namespace station::chat
