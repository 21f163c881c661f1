#include <station/app/last_words.hpp>
#include <station/app/run.hpp>
#include <station/base/text.hpp>
#include <station/flow/shutdown_signal.hpp>

#include <cstdio>

namespace station::app {

void announce(const std::string& name, const net::Endpoint& endpoint) {
    std::printf("%s listening on %s\n", name.c_str(), net::to_string(endpoint).c_str());
    std::fflush(stdout);
    has_begun();
}

void complain(std::string_view name, std::string_view what) {
    const std::string line = std::string{name} + ": " + base::one_line(std::string{what}) + '\n';
    std::fputs(line.c_str(), stderr);
}

void report_listen_error(const std::string& name, const net::Endpoint& endpoint, std::error_code error) {
    complain(name, "cannot listen on " + net::to_string(endpoint) + ": " + error.message());
}

int run(net::LineServer& server, const Options& options, std::function<void()> on_stop) {
    if (const auto error = server.listen()) {
        report_listen_error(options.name, server.endpoint(), error);
        return kUsageError;
    }
    const flow::ShutdownSignal signal{std::move(on_stop)};
    announce(options.name, server.endpoint());
    server.run();
    return kSuccess;
}

int run(net::LineServer& server, const Options& options) {
    return run(server, options, [&] {
        options.work.abandon();
        server.stop();
    });
}

int report(int status, const metrics::Counts& counts) {
    if (status != kUsageError) std::fprintf(stderr, "%s\n", metrics::to_json(counts).c_str());
    return status;
}

int report_drain(int status, const metrics::Counts& counts) {
    const auto lost = counts.received - counts.processed - counts.dropped;
    if (lost > 0) {
        std::fprintf(stderr, "the drain took too long: %llu accepted events are lost\n",
                     static_cast<unsigned long long>(lost));
        status = kFailure;
    }
    return report(status, counts);
}

}  // namespace station::app
