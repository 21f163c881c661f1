// Which web pages may talk to the station. A browser sends, with what a page's script asks for, the Origin the page
// came from; everything else (curl, a program) sends none, and is not the danger: a page elsewhere on the web that uses
// its visitor's browser to reach a station on the visitor's own machine is (RFC 6455, 10.2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace station::final_station {

struct OriginRules {
    std::vector<std::string> allowed;  // --allow-origin
    bool loopback = true;              // the station listens on loopback: then only loopback's own names are its own,
                                       // whatever Host says, since any name can be made to point at 127.0.0.1
};

bool origin_allowed(const OriginRules& rules, std::string_view origin, std::string_view host, std::uint16_t port);

}  // namespace station::final_station
