#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <station/base/descriptor.hpp>
#include <station/base/service_manager.hpp>

namespace station::base {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

}  // namespace

std::error_code tell_service_manager(std::string_view words) {
    const char* const named = std::getenv("NOTIFY_SOCKET");
    const std::string_view name = named == nullptr ? "" : named;
    if (name.empty()) return {};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.front() != '/' && name.front() != '@')
        return std::make_error_code(std::errc::address_family_not_supported);
    // A path ends with a zero byte; an abstract name is as long as it is, and begins with one.
    if (name.size() >= sizeof address.sun_path) return std::make_error_code(std::errc::filename_too_long);
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const std::size_t size = offsetof(sockaddr_un, sun_path) + name.size() + (name.front() == '/' ? 1U : 0U);

    const Descriptor socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) return last_error();
    const ssize_t sent = ::sendto(socket.get(), words.data(), words.size(), MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size));
    if (sent < 0) return last_error();
    return {};
}

}  // namespace station::base
