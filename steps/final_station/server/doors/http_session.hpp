// HTTP on the web port: the page, the API, metrics, and the door to the WebSocket.
#pragma once

#include "server/io_thread.hpp"

namespace station::final_station {

void start_http_session(IoThread& thread, AcceptedSocket accepted);

}  // namespace station::final_station
