#include "user_json.hpp"

#include <station/wire/json_writer.hpp>

namespace station::chat {

std::string to_json(const User& user, bool is_online) {
    std::string out;
    wire::JsonWriter json{out};
    json.begin_object().member("id", user.id.to_text()).member("name", user.name).member("login", user.login);
    json.member("role", name_of(user.role)).member("active", user.active).member("online", is_online).end_object();
    return out;
}

}  // namespace station::chat
