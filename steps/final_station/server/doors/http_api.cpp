#include "http_api.hpp"

#include "http_metrics.hpp"
#include "http_page.hpp"
#include "http_publish.hpp"
#include "http_replay.hpp"
#include "http_topic.hpp"
#include "server/describe.hpp"
#include "ui/ui.hpp"

namespace station::final_station {
namespace {

constexpr std::string_view kTopic = "/api/topics/{name}";
constexpr std::string_view kEvents = "/api/topics/{name}/events";

std::string answer_health(const HttpExchange& exchange) {
    const Station& station = exchange.thread.station;
    const Health health = describe_health(station);
    const bool stranger = station.access.judge(exchange.request) != Access::Verdict::granted;
    const std::string body = stranger ? R"({"status":")" + health.status + "\"}" : health.json;
    return exchange.response(health.ready ? 200 : 503, kJson, body + "\n", kNotStored);
}

std::string answer_livez(const HttpExchange& exchange) {
    return exchange.response(200, kJson, "{\"status\":\"alive\"}\n", kNotStored);
}

std::string answer_topics(const HttpExchange& exchange) {
    return exchange.response(200, kJson, describe_topics(exchange.thread.station) + "\n", kNotStored);
}

std::string answer_access(const HttpExchange& exchange) {
    return exchange.response(200, kJson, "{\"status\":\"granted\"}\n", kNotStored);
}

std::string answer_upgrade_wanted(const HttpExchange& exchange) {
    return exchange.refusal(426, "upgrade_required", "this is a WebSocket", "Upgrade: websocket\r\n");
}

// What pages, probes and scrapers ask for may carry parameters of their own: to pass a cache, or to count visits.
void add_open(HttpRoutes& routes, std::string_view path, HttpRoute::AtOnce handler) {
    routes.add("GET", path, {std::move(handler), true});
}

}  // namespace

void add_health_routes(HttpRoutes& routes) {
    add_open(routes, "/health", answer_health);
    add_open(routes, "/livez", answer_livez);
}

void add_bus_routes(HttpRoutes& routes) {
    for (const UiFile& file : ui_files()) add_open(routes, file.path, page_handler(file));
    routes.add("GET", "/metrics", {HttpRoute::InTime{answer_metrics}, true});
    add_open(routes, "/ws", answer_upgrade_wanted);
    add_open(routes, "/echo", answer_upgrade_wanted);
    routes.add("GET", "/api/topics", {answer_topics});
    routes.add("PATCH", kTopic, {HttpRoute::InTime{change_topic}});
    routes.add("DELETE", kTopic, {HttpRoute::InTime{delete_topic}, false, {"confirm"}});
    routes.add("GET", "/api/access", {answer_access});
    routes.add("GET", kEvents,
               {HttpRoute::InTime{replay}, false, {kReplayParameters.begin(), kReplayParameters.end()}});
    routes.add("POST", kEvents, {HttpRoute::InTime{publish}});
}

}  // namespace station::final_station
