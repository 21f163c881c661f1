#include <loadgen/target/target.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <csignal>
#include <loadgen/target/connection.hpp>
#include <random>
#include <thread>

namespace station::target {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kAskAgain{5};
constexpr Milliseconds kDyingMoment{20};  // a dying server closes its connections a moment before it is dead

bool is_free(std::uint16_t port) {
    const base::Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// Below the ports that the system hands out by itself (32768 and up on Linux), so that no client's socket
// takes it before the program does, and drawn at random, so that checks that run side by side rarely meet.
std::uint16_t pick_free_port() {
    std::random_device random;
    std::uniform_int_distribution<int> among{15'000, 32'000};
    constexpr int kTries = 100;
    for (int i = 0; i < kTries; ++i) {
        const auto port = static_cast<std::uint16_t>(among(random));
        if (is_free(port)) return port;
    }
    return 0;
}

std::string filled_in(std::string line, std::uint16_t port, const std::vector<std::string>& options) {
    std::string all;
    for (const std::string& option : options) all += (all.empty() ? "" : " ") + option;
    constexpr std::string_view kOptions = "{options}";
    const bool has_place = line.find(kOptions) != std::string::npos;
    if (!has_place && !all.empty()) line += " " + all;
    const auto replace = [&](std::string_view place, const std::string& by) {
        for (auto at = line.find(place); at != std::string::npos; at = line.find(place, at + by.size())) {
            line.replace(at, place.size(), by);
        }
    };
    replace(kOptions, all);
    replace("{port}", std::to_string(port));
    return line;
}

std::string quote_error(const Process& process) {
    const std::string text = process.last_words();
    return text.empty() ? "" : "; its last words: " + text;
}

}  // namespace

std::string to_string(const Program& program) {
    if (const auto* const binary = std::get_if<StepBinary>(&program)) {
        return binary->folder + "/" + step_binary(binary->step);
    }
    if (const auto* const executable = std::get_if<Executable>(&program)) return executable->path;
    if (const auto* const command = std::get_if<Command>(&program)) return command->line;
    return "whatever listens on port " + std::to_string(std::get<RunningServer>(program).port);
}

bool takes_options(const Program& program) {
    return std::holds_alternative<StepBinary>(program) || std::holds_alternative<Executable>(program);
}

tl::expected<Target, std::string> Target::start(const Program& program, const std::vector<std::string>& options,
                                                Milliseconds patience) {
    if (const auto* const command = std::get_if<Command>(&program)) return start_command(*command, options, patience);
    if (const auto* const running = std::get_if<RunningServer>(&program)) {
        return Target{net::Endpoint{"127.0.0.1", running->port}, std::nullopt};
    }
    const auto* const executable = std::get_if<Executable>(&program);
    const auto* const binary = std::get_if<StepBinary>(&program);
    auto server = executable != nullptr ? start_binary(executable->path, options, patience)
                                        : start_step(binary->folder, binary->step, options, patience);
    if (!server) return tl::unexpected(server.error());
    return Target{std::move(server->endpoint), std::move(server->process)};
}

tl::expected<Target, std::string> Target::start_command(const Command& command, const std::vector<std::string>& options,
                                                        Milliseconds patience) {
    const net::Endpoint endpoint{"127.0.0.1", pick_free_port()};
    const std::string line = filled_in(command.line, endpoint.port, options);
    auto process = Process::start({"/bin/sh", "-c", line});
    if (!process) return tl::unexpected(process.error());

    const auto until = std::chrono::steady_clock::now() + patience;
    while (!Connection::open(endpoint, patience)) {
        if (const auto status = process->wait(kAskAgain)) {
            return tl::unexpected("\"" + line + "\" " + how_it_ended(*status) + " before it accepted a connection" +
                                  quote_error(*process));
        }
        if (std::chrono::steady_clock::now() >= until) {
            return tl::unexpected("\"" + line +
                                  "\" did not accept connections on 127.0.0.1:" + std::to_string(endpoint.port) +
                                  " within " + std::to_string(patience.count() / 1000) + " s" + quote_error(*process));
        }
    }
    return Target{endpoint, std::move(*process)};
}

std::optional<std::string> Target::death(Milliseconds limit) {
    if (!process_) return std::nullopt;
    const auto status = process_->wait(limit);
    if (!status) return std::nullopt;
    return how_it_ended(*status) + quote_error(*process_);
}

std::optional<Server> Target::into_server() && {
    if (!process_) return std::nullopt;
    return Server{std::move(*process_), std::move(endpoint_)};
}

std::string Target::find_trouble(int step, Milliseconds patience) {
    if (const auto how = death(kDyingMoment)) return "it " + *how;
    auto connection = Connection::open(endpoint_, patience);
    if (!connection) return connection.error();
    const bool echoes = step <= 2;
    connection->send("still there?\n", patience);
    const auto reply = connection->read_line(patience);
    const std::string wanted = echoes ? "still there?" : R"({"status":"error","reason":"invalid_json"})";
    if (reply.got == Connection::Got::line && reply.line == wanted) return {};
    if (const auto how = death(kDyingMoment)) return "it " + *how;
    return "a new client that sent \"still there?\" got " +
           (reply.line.empty() ? "no reply" : Excerpt{reply.line}.text());
}

}  // namespace station::target
