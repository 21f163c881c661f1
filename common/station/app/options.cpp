#include <station/app/command_line.hpp>
#include <station/app/last_words.hpp>
#include <station/app/options.hpp>
#include <station/base/standard_streams.hpp>
#include <station/base/text.hpp>
#include <station/flow/duration.hpp>

#include <cstdio>
#include <cstdlib>

namespace station::app {
namespace {

constexpr int kUsage = 2;

[[noreturn]] void fail(const std::string& name, const std::string& what) {
    std::fprintf(stderr, "%s: %s (see --help)\n", name.c_str(), base::one_line(what).c_str());
    std::exit(kUsage);
}

void warn_of_unused(const CommandLine& cli, const Program& program) {
    const std::pair<const char*, bool> uses[] = {{"--work", program.work},
                                                 {"--queue", program.queue},
                                                 {"--workers", program.workers},
                                                 {"--shards", program.shards},
                                                 {"--drain-timeout", program.drain}};
    for (const auto& [option, used] : uses) {
        if (!used && cli.given(option)) {
            std::fprintf(stderr, "%s: has no use for %s; it comes with a later step\n", program.name.c_str(), option);
        }
    }
}

}  // namespace

Options parse(int argc, char** argv, const Program& program) {
    base::open_standard_streams();
    speak_last_words(program.name);
    Options options;
    options.name = program.name;
    options.endpoint.port = program.port;
    std::string work = "none";
    std::string drain_timeout = "10s";

    CommandLine cli{program.about, program.name};
    cli.add_option("--host", options.endpoint.host, "Address to listen on").show_default();
    cli.add_option("--port", options.endpoint.port, "Port to listen on, 0 for any free one").show_default();
    cli.add_option("--max-line", options.max_line, "Longest line taken, in bytes")
        .show_default()
        .range(std::size_t{1}, std::size_t{64} << 20);
    cli.add_option("--work", work, "What one event costs: none, cpu:200us, sleep:1ms").show_default();
    cli.add_option("--queue", options.queue, "Most events that wait for a worker")
        .show_default()
        .range(std::size_t{1}, std::size_t{10'000'000});
    cli.add_option("--workers", options.workers, "Worker threads")
        .show_default()
        .range(std::size_t{1}, std::size_t{1024});
    cli.add_option("--shards", options.shards, "Shards of the map of balances")
        .show_default()
        .range(std::size_t{1}, std::size_t{65536});
    cli.add_option("--drain-timeout", drain_timeout, "Longest time to finish what was accepted").show_default();

    if (const auto wrong = cli.parse(argc, argv)) fail(program.name, *wrong);
    if (!net::is_address(options.endpoint.host)) fail(program.name, "--host: not an address: " + options.endpoint.host);
    const auto parsed_work = flow::Work::parse(work);
    if (!parsed_work) fail(program.name, "--work: expected " + std::string{parsed_work.error()} + ", got " + work);
    options.work = *parsed_work;
    const auto timeout = flow::parse_duration(drain_timeout);
    if (!timeout) fail(program.name, "--drain-timeout: expected a time like 10s or 500ms, got " + drain_timeout);
    options.drain_timeout = *timeout;
    warn_of_unused(cli, program);
    return options;
}

}  // namespace station::app
