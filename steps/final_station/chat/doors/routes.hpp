// The chat's interface, group by group: docs/chat.md has the table of it.
#pragma once

#include "api.hpp"
#include "server/web_port.hpp"

namespace station::chat {

class Hub;

void add_session_routes(HttpRoutes& routes, Doors& doors);
void add_user_routes(HttpRoutes& routes, Doors& doors);
void add_room_routes(HttpRoutes& routes, Doors& doors);
void add_message_routes(HttpRoutes& routes, Doors& doors);
void add_search_routes(HttpRoutes& routes, Doors& doors);
void add_proof_routes(HttpRoutes& routes, Doors& doors);
void add_bot_routes(HttpRoutes& routes, Doors& doors);
void add_page_routes(HttpRoutes& routes);
final_station::WebSocketRoute web_socket_route(Doors& doors, Hub& hub);

}  // namespace station::chat
