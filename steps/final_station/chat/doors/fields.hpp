// The members of a request's JSON object, each read when somebody asks for it. Further ones are passed by; of a
// doubled one the last counts.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/model/id.hpp"
#include "chat/service/refusal.hpp"

namespace station::chat {

class Fields {
  public:
    // `body` must outlive it. invalid_json, 400; invalid_value where it is no object.
    static Answer<Fields> read(std::string_view body);

    // Empty where it is missing or no string: whoever takes it says what is wrong with that.
    std::string text(std::string_view name) const;
    // nullopt where it is missing or null.
    std::optional<std::string> optional_text(std::string_view name) const;
    // What is wrong with the first of these that is neither a string nor null; nullopt: nothing.
    std::optional<Refusal> no_text(std::initializer_list<std::string_view> names) const;
    // nullopt: missing.
    Answer<std::optional<bool>> flag(std::string_view name) const;
    // An array of ids; none where it is missing. Refused with this reason where it is anything else.
    Answer<std::vector<Id>> ids(std::string_view name, std::string_view reason) const;

  private:
    const std::string_view* raw(std::string_view name) const;  // nullptr: missing, or null

    std::map<std::string, std::string_view, std::less<>> members_;
};

}  // namespace station::chat
