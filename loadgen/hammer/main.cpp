// loadgen: the hammer as a command. What it saw goes to standard output, what it does meanwhile to standard
// error.
#include <loadgen/hammer/hammer.hpp>
#include <loadgen/hammer/json.hpp>
#include <loadgen/hammer/options.hpp>
#include <loadgen/hammer/page.hpp>
#include <loadgen/hammer/progress_line.hpp>
#include <loadgen/hammer/summary.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <station/app/last_words.hpp>
#include <station/base/descriptor_limit.hpp>
#include <station/base/standard_streams.hpp>
#include <station/flow/shutdown_signal.hpp>
#include <system_error>

using namespace station;

namespace {

// Opened before the run: a file that can't be written should not cost anybody five seconds.
std::ofstream open_file(const std::string& name) {
    std::ofstream file;
    if (name.empty() || name == "-") return file;
    file.open(name);
    if (!file) hammer::fail_usage("cannot write " + name + ": " + std::generic_category().message(errno));
    return file;
}

hammer::Result run_until_interrupted(const hammer::Plan& plan) {
    std::atomic<bool> interrupted{false};
    const flow::ShutdownSignal signal{[&] { interrupted = true; }};
    hammer::ProgressLine line;
    return hammer::run(plan, interrupted,
                       [&](const hammer::Sample& now, hammer::Nanoseconds elapsed) { line.show(now, elapsed); });
}

int status(const hammer::Result& result) {
    const bool wrong = result.connect_failures > 0 || result.missing > 0 || result.unexpected > 0 ||
                       result.replies.mismatched > 0 || !result.deliveries.right();
    return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    base::open_standard_streams();
    base::raise_descriptor_limit();
    app::speak_last_words("loadgen");
    const hammer::Options options = hammer::parse_options(argc, argv);
    std::ofstream json = open_file(options.json);
    std::ofstream html = open_file(options.html);

    const hammer::Result result = run_until_interrupted(options.plan);

    const bool json_on_stdout = options.json == "-";
    std::FILE* const out = json_on_stdout ? stderr : stdout;
    std::fputs(hammer::summary(options.plan, result).c_str(), out);
    if (options.omission) std::fputs(('\n' + hammer::omission(result)).c_str(), out);
    if (json_on_stdout) std::fputs(hammer::to_json(options.plan, result).c_str(), stdout);
    if (json.is_open()) json << hammer::to_json(options.plan, result);
    if (html.is_open()) html << hammer::to_html(options.plan, result);
    return status(result);
}
