#include <loadgen/check/trace_folder.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <loadgen/lesson/observer.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <station/base/numbers.hpp>
#include <string_view>

namespace station::check {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kKept = 5;

std::string indented(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

// 7 for "latest-7"; nullopt where it is none of `name`'s.
std::optional<unsigned> number_of(const std::string& entry, const std::string& name) {
    if (!entry.starts_with(name + "-")) return std::nullopt;
    return base::parse_number<unsigned>(std::string_view{entry}.substr(name.size() + 1));
}

// latest becomes latest-8, and of latest-1 to latest-8 the last five stay.
void keep_earlier(const fs::path& folder) {
    if (!fs::exists(folder)) return;
    const std::string name = folder.filename().string();
    std::vector<unsigned> numbers;
    for (const auto& entry : fs::directory_iterator{folder.parent_path()}) {
        if (const auto number = number_of(entry.path().filename().string(), name)) numbers.push_back(*number);
    }
    std::sort(numbers.begin(), numbers.end());
    const auto path_of = [&](unsigned number) { return folder.parent_path() / (name + "-" + std::to_string(number)); };
    fs::rename(folder, path_of(numbers.empty() ? 1 : numbers.back() + 1));
    for (std::size_t i = 0; i + kKept <= numbers.size(); ++i) fs::remove_all(path_of(numbers[i]));
}

Json to_json(const target::Program& program) {
    if (const auto* const binary = std::get_if<target::StepBinary>(&program)) {
        return {{"kind", "step"}, {"folder", binary->folder}, {"step", binary->step}};
    }
    if (const auto* const executable = std::get_if<target::Executable>(&program)) {
        return {{"kind", "program"}, {"path", executable->path}};
    }
    if (const auto* const command = std::get_if<target::Command>(&program)) {
        return {{"kind", "command"}, {"line", command->line}};
    }
    return {{"kind", "port"}, {"port", std::get<target::RunningServer>(program).port}};
}

target::Program to_program(const Json& json) {
    const auto kind = json.at("kind").get<std::string>();
    if (kind == "program") return target::Executable{json.at("path").get<std::string>()};
    if (kind == "command") return target::Command{json.at("line").get<std::string>()};
    if (kind == "port") return target::RunningServer{json.at("port").get<std::uint16_t>()};
    return target::StepBinary{json.at("folder").get<std::string>(), json.at("step").get<int>()};
}

Json to_json(const TraceHead& head) {
    return {{"version", 1},
            {"step", head.step},
            {"kind", head.kind},
            {"id", head.id},
            {"verdict", head.verdict},
            {"cause", head.cause},
            {"program", to_json(head.program)},
            {"label", head.label},
            {"options", head.options},
            {"seed", head.seed},
            {"run", head.run},
            {"bytes_left_out", head.bytes_left_out}};
}

TraceHead to_head(const Json& json) {
    return {.step = json.at("step").get<int>(),
            .kind = json.at("kind").get<std::string>(),
            .id = json.at("id").get<std::string>(),
            .program = to_program(json.at("program")),
            .label = json.at("label").get<std::string>(),
            .options = json.at("options").get<std::vector<std::string>>(),
            .seed = json.at("seed").get<std::uint64_t>(),
            .run = json.at("run").get<std::size_t>(),
            .verdict = json.at("verdict").get<std::string>(),
            .cause = json.at("cause").get<std::string>(),
            .bytes_left_out = json.at("bytes_left_out").get<std::size_t>()};
}

struct Material {
    target::Trace trace;
    std::string output;
};

const CaseResult* find_case(const Outcome& outcome, const std::string& id) {
    if (!outcome.contract) return nullptr;
    const auto& cases = outcome.contract->cases;
    const auto found = std::find_if(cases.begin(), cases.end(),
                                    [&](const CaseResult& one) { return one.failure && one.what->id == id; });
    return found == cases.end() ? nullptr : &*found;
}

// Fills in the rest of the head.
Material gather(const Outcome& outcome, const lesson::Observer& observer, TraceHead& head) {
    if (const CaseResult* const one = find_case(outcome, head.id)) {
        head.kind = "contract";
        head.options = one->what->options;
        head.seed = one->failure->names;
        head.run = one->first_failed_run;
        return {one->failure->trace, one->failure->output};
    }
    head.kind = outcome.lesson && head.id != "contract" ? "lesson" : "contract";
    head.seed = hammer::Plan{}.seed;
    const auto run = observer.last_run(head.id);
    if (!run) return {};
    head.options = run->options;
    return {run->trace, run->output};
}

std::string readme(const TraceHead& head, const std::string& folder) {
    std::ostringstream text;
    text << "Step " << head.step << ", " << head.id << ": " << head.verdict << "\n\n"
         << head.cause << "\n\n"
         << "trace.jsonl   what was sent and received, a line an event: at (microseconds), on (which connection), "
            "what,\n"
            "              and the bytes as text, or as base64 where they are no UTF-8\n"
            "server.txt    what the program wrote to standard error\n"
            "trace.json    the program, the options it was started with, the seed\n"
            "result.json   all that the check found\n\n";
    if (head.bytes_left_out > 0) {
        text << "It is a window: the first connections from the start of the load on; " << head.bytes_left_out
             << " bytes more are not kept.\n\n";
    }
    text << "Look at it:   sed -n '1,20p' " << folder << "/trace.jsonl\n"
         << "Drive it again, against the same program or another one:\n"
         << "              build/bin/check --replay " << folder << "\n"
         << "              build/bin/check --replay " << folder << " --program build/bin/"
         << target::step_binary(head.step) << "\n";
    return text.str();
}

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream file{path};
    file.exceptions(std::ios::failbit | std::ios::badbit);
    file << text << std::flush;
}

std::string read(const fs::path& path) {
    std::ifstream file{path};
    file.exceptions(std::ios::failbit | std::ios::badbit);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

tl::expected<void, std::string> write_trace(const Outcome& outcome, const Options& options,
                                            const lesson::Observer& observer) try {
    const Complaint why = complaint(outcome);
    TraceHead head{.step = options.step,
                   .kind = {},
                   .id = why.id,
                   .program = options.program,
                   .label = options.label,
                   .options = {},
                   .seed = 0,
                   .run = 0,
                   .verdict = to_string(outcome.verdict()),
                   .cause = why.cause};
    const Material material = gather(outcome, observer, head);
    head.bytes_left_out = material.trace.bytes_left_out;

    const fs::path folder = fs::path{options.trace + "/"}.lexically_normal().parent_path();
    if (!folder.parent_path().empty()) fs::create_directories(folder.parent_path());
    keep_earlier(fs::absolute(folder));
    fs::create_directories(folder);
    write_file(folder / "trace.jsonl", target::to_lines(material.trace));
    write_file(folder / "server.txt", material.output);
    write_file(folder / "trace.json", indented(to_json(head)));
    write_file(folder / "result.json", indented(to_json(outcome, options)));
    write_file(folder / "README.txt", readme(head, folder.string()));
    return {};
} catch (const std::exception& error) {  // of the file system
    return tl::unexpected("cannot write the trace to " + options.trace + ": " + error.what());
}

tl::expected<TraceFolder, std::string> read_trace(const std::string& folder) try {
    const fs::path path{folder};
    return TraceFolder{to_head(Json::parse(read(path / "trace.json"))),
                       target::parse_lines(read(path / "trace.jsonl"))};
} catch (const std::exception& error) {  // no such file, or not as write_trace() writes it
    return tl::unexpected(folder + " holds no trace: " + error.what());
}

}  // namespace station::check
