// Step 3: a line means something now. Valid events are accepted, everything else is told what is wrong with it.
#include <station/app/options.hpp>
#include <station/app/run.hpp>
#include <station/net/line_server.hpp>
#include <station/wire/reply.hpp>
#include <station/wire/request.hpp>

using namespace station;

int main(int argc, char** argv) {
    const auto options = app::parse(argc, argv, {.name = "step03_json_parsing", .port = 7003});

    net::LineServer server(options.server(), [](std::string_view line) {
        const auto event = wire::parse_event(line);
        if (!event) return wire::error(event.error());
        return wire::accepted();
    });

    return app::run(server, options);
}
