// A run of the chat's load as JSON, and in words.
#pragma once

#include <loadgen/hammer/talk/plan.hpp>
#include <loadgen/hammer/talk/result.hpp>
#include <string>

namespace station::hammer::talk {

std::string to_json(const Plan& plan, const Result& result);
std::string summary(const Plan& plan, const Result& result);

}  // namespace station::hammer::talk
