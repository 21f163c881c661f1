// The chat as what `station serve --chat` puts beside the bus: opened, its routes and its WebSocket at the web port,
// its end in good order.
//
// open(), add_to(), start(), …, stop() by one thread, in this order; what came of its routes by the server's threads.
#pragma once

#include <memory>
#include <station/log/config.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "doors.hpp"
#include "server/web_port.hpp"

namespace station::chat {

class Hub;
class Webhooks;

struct ApplicationOptions {
    log::Path dir;  // of the chat's own bus
    log::Durability durability = {};
    std::string url = {};        // --chat-url; empty: where it is asked
    std::string rate = "60:20";  // --chat-rate
    bool allow_private_webhooks = false;
    std::function<void(log::Severity, std::string_view)> logger = {};
};

class Application {
  public:
    // In words, what keeps it from being opened.
    static tl::expected<std::unique_ptr<Application>, std::string> open(ApplicationOptions options);
    ~Application();

    const Site& site() const { return doors_->site; }
    void add_to(final_station::WebPort& web);
    void start();
    // What the first administrator needs, as a link; empty where there is an account. `listening`: the web port's.
    std::string setup_link(std::string_view listening) const;
    // When the server's threads have ended: answers all that was taken, gives the folder back.
    std::error_code stop();

  private:
    Application();

    std::unique_ptr<Hub> hub_;            // so is this
    std::unique_ptr<Webhooks> webhooks_;  // called by the chat, until that is stopped
    std::unique_ptr<Chat> chat_;
    std::unique_ptr<Doors> doors_;
};

}  // namespace station::chat
