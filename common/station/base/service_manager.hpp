// What a service manager is told about this process: systemd's protocol of Type=notify (sd_notify(3)), a datagram of
// words to the socket that $NOTIFY_SOCKET names. Any thread; it waits for nobody.
#pragma once

#include <string_view>
#include <system_error>

namespace station::base {

// "READY=1", "STOPPING=1", several on lines of their own. No error where nobody wants to be told.
std::error_code tell_service_manager(std::string_view words);

}  // namespace station::base
