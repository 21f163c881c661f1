// What --mix chat is told on the command line, beside what all mixes share.
#pragma once

#include <loadgen/hammer/talk/plan.hpp>
#include <station/app/command_line.hpp>
#include <string>

namespace station::hammer {

void add_chat_options(const app::Command& cli, talk::Plan& plan);

// After parsing. What is wrong; empty: nothing. The first: another mix was asked for, which has none of them.
std::string refuse_chat_options(const app::Command& cli);
std::string check_chat(const talk::Plan& plan);

}  // namespace station::hammer
