// Why a gate did not let something pass. A denial goes to who asked and is never stored by the ledger: else whoever
// sends enough of what is not allowed fills the log.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace station::ledger {

struct Denial {
    std::string code;     // for programs: "overdraft"
    std::string message;  // for people
    std::vector<std::pair<std::string, std::string>> context = {};
    std::string gate = {};  // who says so: the Gate fills it in

    Denial with(std::string name, std::string value) && {
        context.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }
    std::string to_text() const;  // "[no_overdraft] 5 is missing (account=7, balance=10)"
    friend bool operator==(const Denial&, const Denial&) = default;
};

}  // namespace station::ledger
