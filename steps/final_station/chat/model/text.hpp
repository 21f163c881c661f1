// What people may call themselves and what they may say. Characters are code points. No I/O; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace station::chat {

inline constexpr std::size_t kMostOfMessage = 10'000;  // characters
inline constexpr std::size_t kMostOfName = 100;
inline constexpr std::size_t kMostOfLogin = 64;
inline constexpr std::size_t kMostOfPassword = 256;
inline constexpr std::size_t kMostOfBoost = 16;
inline constexpr std::size_t kMostOfClientMessageId = 64;

// Without Unicode's White_Space at both ends. The text is UTF-8.
std::string_view trimmed(std::string_view text);
std::size_t characters(std::string_view text);
// So many characters, at least one, and no NUL: where a text ends is nobody's to say but its length's.
bool is_text(std::string_view text, std::size_t most);
// The same on one line.
bool is_line(std::string_view text, std::size_t most);

bool is_login(std::string_view login);
bool is_client_message_id(std::string_view id);
bool is_web_address(std::string_view address);
// What a name is as a login: in lower case, and every run of what a login can't have a dash.
std::string login_of(std::string_view name);

}  // namespace station::chat
