// loadgen: the hammer as a command. What it saw goes to standard output, what it does meanwhile to standard
// error.
#include <loadgen/hammer/hammer.hpp>
#include <loadgen/hammer/json.hpp>
#include <loadgen/hammer/options.hpp>
#include <loadgen/hammer/page.hpp>
#include <loadgen/hammer/progress_line.hpp>
#include <loadgen/hammer/report_file.hpp>
#include <loadgen/hammer/summary.hpp>
#include <loadgen/hammer/talk/report.hpp>
#include <loadgen/hammer/talk/run.hpp>
#include <loadgen/hammer/text.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <station/app/last_words.hpp>
#include <station/base/descriptor_limit.hpp>
#include <station/base/standard_streams.hpp>
#include <station/base/text.hpp>
#include <station/flow/shutdown_signal.hpp>

using namespace station;

namespace {

void complain(const std::string& name, const std::error_code& error) {
    std::fprintf(stderr, "loadgen: cannot write %s: %s\n", base::one_line(name).c_str(), error.message().c_str());
}

// A report that the command line asks for, or none. Opened before the run: a file that can't be written should not cost
// anybody five seconds.
class Report {
  public:
    explicit Report(const std::string& name) : name_(name == "-" ? "standard output" : name) {
        if (name.empty()) return;
        auto file = hammer::ReportFile::open(name);
        if (!file) {
            complain(name_, file.error());
            std::exit(EXIT_FAILURE);  // NOLINT(concurrency-mt-unsafe): no other thread runs yet
        }
        file_ = std::move(*file);
    }

    bool wanted() const { return file_.has_value(); }
    // Whether it is written.
    bool write(const std::string& text) {
        const std::error_code error = file_->write(text);
        if (error) complain(name_, error);
        return !error;
    }

  private:
    std::string name_;
    std::optional<hammer::ReportFile> file_;
};

hammer::Result run_until_interrupted(const hammer::Plan& plan) {
    std::atomic<bool> interrupted{false};
    const flow::ShutdownSignal signal{[&] { interrupted = true; }};
    hammer::ProgressLine line;
    return hammer::run(plan, interrupted,
                       [&](const hammer::Sample& now, hammer::Nanoseconds elapsed) { line.show(now, elapsed); });
}

// Rejections are how a server answers that has too much to do, and requests that could not be sent are how one looks
// that is slower than the rate: both are figures, and no failures, as long as the connections are there.
bool went_well(const hammer::Options& options, const hammer::Result& result) {
    const hammer::Replies& replies = result.replies;
    const bool all_answered = result.connect_failures + result.missing + result.cut_off == 0;
    const bool all_right = result.unexpected + replies.mismatched + replies.errors + replies.other == 0;
    const bool rejections_matter = options.fail_on_errors && replies.server_busy + replies.shutting_down > 0;
    return all_answered && all_right && result.deliveries.right() && !rejections_matter;
}

bool print(const std::string& text, std::FILE* out) {
    std::fputs(text.c_str(), out);
    if (std::fflush(out) == 0 && std::ferror(out) == 0) return true;
    complain("standard output", {errno, std::generic_category()});
    return false;
}

bool print_summary(const hammer::Options& options, const hammer::Result& result) {
    std::string text = hammer::summary(options.plan, result);
    if (options.omission) text += '\n' + hammer::omission(result);
    return print(text, options.json == "-" || options.html == "-" ? stderr : stdout);
}

// The same for a chat's load.
int run_chat(const hammer::Options& options, Report& json) {
    std::atomic<bool> interrupted{false};
    const flow::ShutdownSignal signal{[&] { interrupted = true; }};
    hammer::ProgressLine line;
    const auto began = std::chrono::steady_clock::now();
    const hammer::talk::Result result = hammer::talk::run(*options.chat, interrupted, [&](const std::string& how_far) {
        line.show(how_far, std::chrono::steady_clock::now() - began);
    });
    line.clear();
    std::signal(SIGXFSZ, SIG_IGN);
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    const bool written = !json.wanted() || json.write(hammer::talk::to_json(*options.chat, result));
    std::signal(SIGPIPE, before);
    const bool said = print(hammer::talk::summary(*options.chat, result), options.json == "-" ? stderr : stdout);
    return written && said && result.right() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    base::open_standard_streams();
    base::raise_descriptor_limit();
    app::speak_last_words("loadgen");
    const hammer::Options options = hammer::parse_options(argc, argv);
    Report json{options.json};
    if (options.chat) return run_chat(options, json);
    Report html{options.html};

    const hammer::Result result = run_until_interrupted(options.plan);

    // The files come first: who reads the summary may leave after its first line (`| head -1`), and ends this program.
    std::signal(SIGXFSZ, SIG_IGN);
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    bool written = true;
    if (json.wanted()) written = json.write(hammer::to_json(options.plan, result));
    if (html.wanted()) written = html.write(hammer::to_html(options.plan, result)) && written;
    std::signal(SIGPIPE, before);
    written = print_summary(options, result) && written;
    return written && went_well(options, result) ? EXIT_SUCCESS : EXIT_FAILURE;
}
