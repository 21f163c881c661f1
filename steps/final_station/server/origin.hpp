// Which web pages may talk to the station, and under which names it is known. A browser sends, with what a page's
// script asks for, the Origin the page came from; everything else (curl, a program) sends none, and is not the danger:
// a page elsewhere on the web that uses its visitor's browser to reach a station on the visitor's own machine is (RFC
// 6455, 10.2). It sends no Origin with a plain GET, so the Host has to be looked at, too: whoever owns a name can
// point it at 127.0.0.1, and a page that was loaded under that name may then read what the station answers (DNS
// rebinding).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace station::final_station {

struct OriginRules {
    std::vector<std::string> allowed;  // --allow-origin
    std::vector<std::string> hosts;    // --allow-host: further names of the station's own
    std::string own_host = {};         // a name that was given as the server's own, whatever the others are
    bool loopback = true;              // the station listens on loopback: then only loopback's own names are its own,
                                       // whatever Host says, since any name can be made to point at 127.0.0.1
    std::uint16_t port = 0;            // of the web port: part of every origin of the station's own
};

bool origin_allowed(const OriginRules& rules, std::string_view origin, std::string_view host);

// Named by --allow-origin, be it by `*`: its pages may read answers, not only ask.
bool origin_named(const OriginRules& rules, std::string_view origin);

// What Host says, with any port. Always taken: addresses and names without a dot, since nobody on the web can own one,
// `*.localhost`, its own host, the names of --allow-host, and those of the origins allowed. Others where the station
// does not listen on loopback and no --allow-host has been given.
bool host_allowed(const OriginRules& rules, std::string_view host);

}  // namespace station::final_station
