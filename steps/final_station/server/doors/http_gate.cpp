#include "http_gate.hpp"

#include "http_exchange.hpp"
#include "server/web_port.hpp"
#include "ui/ui.hpp"

namespace station::final_station {
namespace {

// What strangers may see: the page, which holds nothing but itself and has to ask for the token, whether the process
// lives and is well, which is asked by what should not need to know the token, and what has doors of its own.
bool open_to_strangers(const Station& station, const net::HttpRequest& request) {
    if (station.web->is_open(request.path)) return true;
    if (request.wants_websocket()) return false;
    return find_ui_file(request.path) != nullptr || request.path == "/livez" || request.path == "/health";
}

std::string unauthorized(const net::HttpRequest& request, Access::Verdict verdict, const std::string& headers) {
    // RFC 6750, 3: why is said to who has tried, not to who has not.
    if (verdict == Access::Verdict::missing) {
        return last_refusal(request, 401, "unauthorized",
                            "this station wants an access token: Authorization: Bearer TOKEN",
                            "WWW-Authenticate: Bearer realm=\"station\"\r\n" + headers);
    }
    return last_refusal(request, 401, "unauthorized", "this is not the station's access token",
                        "WWW-Authenticate: Bearer realm=\"station\", error=\"invalid_token\"\r\n" + headers);
}

}  // namespace

std::string gate_refusal(Station& station, const net::HttpRequest& request) {
    const std::string* const host = request.header("host");
    if (host != nullptr && !host_allowed(station.origins, *host)) {
        station.counters.denied(Denial::foreign_host);
        station.counters.responded(403);
        return last_refusal(request, 403, "foreign_host", "this is not a name of this station: see --allow-host");
    }
    const Access::Verdict verdict = station.access.judge(request);
    if (verdict == Access::Verdict::granted || open_to_strangers(station, request) || is_preflight(station, request)) {
        return {};
    }
    station.counters.unauthorized.fetch_add(1, std::memory_order_relaxed);
    station.counters.responded(401);
    return unauthorized(request, verdict, cors_headers(station, request));
}

bool is_preflight(const Station& station, const net::HttpRequest& request) {
    const std::string* const origin = request.header("origin");
    return request.method == "OPTIONS" && origin != nullptr && origin_named(station.origins, *origin) &&
           request.header("access-control-request-method") != nullptr;
}

std::string preflight_headers(std::string_view methods) {
    return "Access-Control-Allow-Methods: " + std::string{methods} +
           "\r\nAccess-Control-Allow-Headers: Authorization, Content-Type\r\nAccess-Control-Max-Age: 600\r\n";
}

std::string cors_headers(const Station& station, const net::HttpRequest& request, std::string_view varies) {
    std::string all{varies};
    if (!station.origins->allowed.empty()) all += all.empty() ? "Origin" : ", Origin";
    if (!all.empty()) all = "Vary: " + all + "\r\n";
    const std::string* const origin = request.header("origin");
    // Never with credentials: there are no cookies, and the token has to be sent on purpose.
    if (origin != nullptr && origin_named(station.origins, *origin)) {
        all += "Access-Control-Allow-Origin: " + *origin + "\r\n";
    }
    return all;
}

}  // namespace station::final_station
