#include "fields.hpp"

#include <nlohmann/json.hpp>
#include <station/wire/json_reader.hpp>

namespace station::chat {

Answer<Fields> Fields::read(std::string_view body) {
    Fields fields;
    const auto kind = wire::read_members(body, [&](std::string_view key, std::string_view raw) {
        fields.members_.insert_or_assign(std::string{key}, raw);
    });
    if (kind == wire::JsonText::invalid) return refused("invalid_json");
    if (kind == wire::JsonText::other) return refused("invalid_value", "the body must be a JSON object");
    return fields;
}

const std::string_view* Fields::raw(std::string_view name) const {
    const auto found = members_.find(name);
    return found != members_.end() && found->second != "null" ? &found->second : nullptr;
}

std::string Fields::text(std::string_view name) const { return optional_text(name).value_or(std::string{}); }

std::optional<std::string> Fields::optional_text(std::string_view name) const {
    const std::string_view* const value = raw(name);
    if (value == nullptr) return std::nullopt;
    return wire::read_string(*value).value_or(std::string{});
}

std::optional<Refusal> Fields::no_text(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
        const std::string_view* const value = raw(name);
        if (value != nullptr && !wire::read_string(*value)) {
            return refusal("invalid_value", std::string{name} + " must be a string");
        }
    }
    return std::nullopt;
}

Answer<std::optional<bool>> Fields::flag(std::string_view name) const {
    const std::string_view* const value = raw(name);
    if (value == nullptr) return std::optional<bool>{};
    const auto flag = wire::read_bool(*value);
    if (!flag) return refused("invalid_value", std::string{name} + " must be true or false");
    return flag;
}

Answer<std::vector<Id>> Fields::ids(std::string_view name, std::string_view reason) const {
    std::vector<Id> ids;
    const std::string_view* const value = raw(name);
    if (value == nullptr) return ids;
    const auto parsed = nlohmann::json::parse(*value, nullptr, false);
    if (!parsed.is_array()) return refused(reason);
    for (const auto& one : parsed) {
        const auto id = one.is_string() ? Id::from_text(one.get_ref<const std::string&>()) : std::nullopt;
        if (!id) return refused(reason);
        ids.push_back(*id);
    }
    return ids;
}

}  // namespace station::chat
