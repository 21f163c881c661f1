// The page's files, which hold nothing but themselves.
#include "routes.hpp"
#include "server/doors/http_page.hpp"
#include "ui/ui.hpp"

namespace station::chat {
namespace {

std::string to_the_page(const HttpExchange& exchange) { return exchange.response(308, {}, {}, "Location: /chat/\r\n"); }

}  // namespace

void add_page_routes(HttpRoutes& routes) {
    for (const final_station::UiFile& file : final_station::chat_ui_files()) {
        routes.add("GET", file.path, {final_station::page_handler(file), true});
    }
    routes.add("GET", "/chat", {final_station::HttpRoute::AtOnce{to_the_page}, true});
}

}  // namespace station::chat
