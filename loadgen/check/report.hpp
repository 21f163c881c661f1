// How a verdict is told: to people on a terminal, to programs as JSON.
#pragma once

#include <iosfwd>
#include <loadgen/check/contract.hpp>
#include <nlohmann/json_fwd.hpp>

namespace station::check {

// One line a group; then, for each case that failed, a block that says what was sent, expected, got, and what
// to do next.
void print(std::ostream& out, const ContractResult& result);

// The next move for a case that failed.
std::string what_next(const CaseResult& one);

nlohmann::ordered_json to_json(const ContractResult& result);

}  // namespace station::check
