// One publish, for a coroutine of an I/O thread.
#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "server/io_thread.hpp"

namespace station::final_station {

// The payload is copied before the coroutine waits.
net::Awaitable<tl::expected<log::Receipt, std::error_code>> publish_one(IoThread& thread, log::Topic topic,
                                                                        std::string_view payload);

}  // namespace station::final_station
