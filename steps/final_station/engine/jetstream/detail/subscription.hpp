// What comes to a subject, on its way into the loop's mailbox. The loop outlives the connection's last message.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>

#include "engine/jetstream/connection.hpp"
#include "engine/jetstream/message.hpp"
#include "loop.hpp"

namespace station::jetstream {

class Subscription {
  public:
    // Nothing that comes is dropped: whoever subscribes sees to it that not too much is under way. Any thread.
    static tl::expected<Subscription, std::error_code> open(const Connection& connection, const std::string& subject,
                                                            const std::shared_ptr<Actor>& actor);

  private:
    explicit Subscription(natsSubscription* native) : native_(native) {}
    std::unique_ptr<natsSubscription, NativeDeleter<natsSubscription_Destroy>> native_;
};

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
