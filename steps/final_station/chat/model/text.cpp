#include "text.hpp"

#include <algorithm>
#include <station/base/text.hpp>
#include <station/base/utf8.hpp>
#include <utility>

namespace station::chat {
namespace {

constexpr std::string_view kWhiteSpace[] = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
    "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
    "\xE3\x80\x80"};

bool is_login_character(char c) {
    return base::is_alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '@';
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    for (bool found = true; std::exchange(found, false);) {
        for (const std::string_view space : kWhiteSpace) {
            if (text.starts_with(space)) text.remove_prefix(space.size()), found = true;
            if (text.ends_with(space)) text.remove_suffix(space.size()), found = true;
        }
    }
    return text;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_text(std::string_view text, std::size_t most) {
    return !text.empty() && text.find('\0') == std::string_view::npos && characters(text) <= most &&
           base::is_utf8(text);
}

bool is_line(std::string_view text, std::size_t most) {
    return is_text(text, most) && std::ranges::none_of(text, [](char c) { return c >= 0 && c < ' '; });
}

bool is_login(std::string_view login) {
    return !login.empty() && login.size() <= kMostOfLogin && std::ranges::all_of(login, is_login_character);
}

bool is_client_message_id(std::string_view id) {
    return !id.empty() && id.size() <= kMostOfClientMessageId &&
           std::ranges::all_of(id, [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_web_address(std::string_view address) {
    constexpr std::size_t kMost = 2048;
    return address.size() <= kMost && (address.starts_with("http://") || address.starts_with("https://")) &&
           std::ranges::all_of(address, [](char c) { return c > ' ' && c <= '~'; });
}

std::string login_of(std::string_view name) {
    std::string login;
    for (char c : name) {
        c = base::lower(c);
        if (is_login_character(c)) {
            login += c;
        } else if (!login.empty() && login.back() != '-') {
            login += '-';
        }
    }
    while (login.ends_with('-')) login.pop_back();
    return login.substr(0, kMostOfLogin);
}

}  // namespace station::chat
