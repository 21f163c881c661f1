// `station tail` of several topics on a server, by name and by pattern: one WebSocket, one subscription. Like
// follow() it outlives the server: it knows of each topic how far it has come, and asks for the rest. A topic that is
// made later comes in from its beginning, one that is deleted is told of and left.
#pragma once

#include "server_commands.hpp"

namespace station::final_station {

// The exit status.
int follow_several(const RemoteOptions& options, const ReplayOptions& replay);

}  // namespace station::final_station
