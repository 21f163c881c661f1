// JSON lines (docs/protocol.md, "Requests"): the ten steps' events, kept in the topic `events`, and the control texts.
#pragma once

#include "server/io_thread.hpp"

namespace station::final_station {

void start_line_session(IoThread& thread, net::Socket socket);

}  // namespace station::final_station
