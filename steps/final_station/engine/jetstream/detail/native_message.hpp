// What is done to libnats's messages: sent, and looked into.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include "engine/jetstream/connection.hpp"
#include "engine/jetstream/message.hpp"
#include "native.hpp"

namespace station::jetstream {

// A subject that nobody else has; others may be made of it by a dot and more.
std::string new_inbox();

// Takes what stands before the first dot off the front of a subject.
std::string_view next_token(std::string_view& subject);

// Errc::unavailable where the connection is away, or does not take it. Any thread.
std::error_code send(const Connection& connection, natsMsg& message);
std::error_code send(const Connection& connection, const std::string& subject, const std::string& reply,
                     std::string_view body);

// Its fields, as views that live as long as the message.
void fields_of(const natsMsg& message, FieldViews& fields);
// Of a message that is no event but says something about one ("404"): its code; empty for all others.
std::string_view status_of(const natsMsg& message);
std::string_view body_of(const natsMsg& message);

}  // namespace station::jetstream
