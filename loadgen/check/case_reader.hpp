// From JSON to actions: the part of reading a case that knows every verb of the format. For case.cpp alone.
#pragma once

#include <initializer_list>
#include <loadgen/check/case.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace station::check {

using Json = nlohmann::ordered_json;

class BadCase : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Throws BadCase where `object` is none, or has a key that is not among `known`.
void allow_keys(const Json& object, std::initializer_list<const char*> known);

// Throws BadCase or Json::exception.
std::vector<Action> read_actions(const Json& list);

}  // namespace station::check
