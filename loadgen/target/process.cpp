#include <loadgen/target/process.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <loadgen/target/keeper.hpp>
#include <loadgen/target/reason.hpp>
#include <mutex>
#include <sstream>
#include <station/base/descriptor.hpp>
#include <station/base/numbers.hpp>
#include <system_error>
#include <thread>

namespace station::target {
namespace {

using Milliseconds = std::chrono::milliseconds;

// The station announces itself in two lines, a step in one.
constexpr std::size_t kLinesKept = 2;
// A line longer than this is no announcement, and not worth the memory.
constexpr std::size_t kLongestLine = 65536;

struct Pipe {
    base::Descriptor read;
    base::Descriptor write;
};

tl::expected<Pipe, int> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected(errno);
    return Pipe{base::Descriptor{ends[0]}, base::Descriptor{ends[1]}};
}

// A file that no folder lists: it goes with the last descriptor. In memory where no folder takes one: a TMPDIR that is
// not there is no fault of the program's that is to be started.
base::Descriptor open_unnamed_file() {
    const char* const told = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
    for (const char* const folder : {told, "/tmp", "."}) {
        if (folder == nullptr) continue;
        base::Descriptor file{::open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
        if (file) return file;
    }
    return base::Descriptor{::memfd_create("standard error", MFD_CLOEXEC)};
}

// By number: glibc 2.36 declares pidfd_open() without C linkage.
base::Descriptor open_pidfd(pid_t pid) { return base::Descriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))}; }

struct Streams {
    int input;
    int output;
    int error;
    int failure;  // takes errno where the program can't be executed
};

// Between fork and exec of a program with threads only async-signal-safe functions may be called.
[[noreturn]] void become(char* const* arguments, const Streams& streams, pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(EXIT_FAILURE);
    for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    ::dup2(streams.input, STDIN_FILENO);
    ::dup2(streams.output, STDOUT_FILENO);
    ::dup2(streams.error, STDERR_FILENO);
    ::execvp(arguments[0], arguments);
    const int error = errno;
    [[maybe_unused]] const auto ignored = ::write(streams.failure, &error, sizeof error);
    ::_exit(EXIT_FAILURE);
}

std::vector<char*> to_argv(std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (std::string& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    return arguments;
}

// Reads a program's standard output until it ends, and keeps the first lines.
class OutputReader {
  public:
    explicit OutputReader(base::Descriptor output)
        : output_(std::move(output)), stop_(::eventfd(0, EFD_CLOEXEC)), thread_([this] { read_all(); }) {}

    ~OutputReader() {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto ignored = ::write(stop_.get(), &one, sizeof one);
        thread_.join();
    }

    enum class Got { line, end, nothing };
    Got wait(std::size_t number, Milliseconds limit, std::string& line) {
        std::unique_lock lock{mutex_};
        const auto has_line = [&] { return whole_ > number; };
        changed_.wait_for(lock, limit, [&] { return has_line() || ended_; });
        if (has_line()) line = lines_[number];
        return has_line() ? Got::line : ended_ ? Got::end : Got::nothing;
    }

  private:
    void read_all() {
        std::array<char, 4096> bytes;
        while (true) {
            std::array<pollfd, 2> ready{{{output_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
            if (::poll(ready.data(), ready.size(), -1) < 0) continue;
            if (ready[1].revents != 0) return;
            const auto count = ::read(output_.get(), bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) break;
            keep({bytes.data(), static_cast<std::size_t>(count)});
        }
        const std::lock_guard lock{mutex_};
        ended_ = true;
        changed_.notify_all();
    }

    void keep(std::string_view bytes) {
        const std::lock_guard lock{mutex_};
        while (whole_ < kLinesKept && !bytes.empty()) {
            const auto end = bytes.find('\n');
            lines_[whole_] += bytes.substr(0, end);
            if (end == std::string_view::npos && lines_[whole_].size() <= kLongestLine) return;
            ++whole_;
            changed_.notify_all();
            bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        }
    }

    base::Descriptor output_;
    base::Descriptor stop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::array<std::string, kLinesKept> lines_;
    std::size_t whole_ = 0;  // how many of them are
    bool ended_ = false;
    std::jthread thread_;  // last: it uses what stands above
};

std::string quoted(const std::string& standard_error) {
    if (standard_error.empty()) return {};
    return "; it wrote: " + standard_error.substr(0, standard_error.find_last_not_of('\n') + 1);
}

}  // namespace

class Process::Impl {
  public:
    Impl(pid_t process, std::string program, base::Descriptor output, base::Descriptor error)
        : pid(process),
          name(std::move(program)),
          handle(open_pidfd(process)),
          errors(std::move(error)),
          output_reader(std::move(output)) {
        keep_group(pid);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    ~Impl() {
        ::kill(-pid, SIGKILL);
        let_group_go(pid);
        int status = 0;
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
    }

    std::ifstream proc(const char* file) const { return std::ifstream{"/proc/" + std::to_string(pid) + "/" + file}; }

    const pid_t pid;
    const std::string name;
    const base::Descriptor handle;
    const base::Descriptor errors;
    bool signalled = false;
    OutputReader output_reader;
};

Process::Process(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

tl::expected<Process, std::string> Process::start(const std::vector<std::string>& command) {
    if (command.empty()) return tl::unexpected(std::string{"no program to start"});
    const auto failed = [&](int error) { return tl::unexpected("cannot start " + command[0] + ": " + reason(error)); };
    base::Descriptor input{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    base::Descriptor errors = open_unnamed_file();
    if (!input || !errors) return failed(errno);
    auto output = make_pipe();
    auto failure = make_pipe();
    if (!output || !failure) return failed(!output ? output.error() : failure.error());

    auto copy = command;
    const auto arguments = to_argv(copy);
    const Streams streams{input.get(), output->write.get(), errors.get(), failure->write.get()};
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return failed(errno);
    if (pid == 0) become(arguments.data(), streams, parent);
    ::setpgid(pid, pid);  // here, too: a signal to the group may come before the child has run

    output->write.reset();
    failure->write.reset();
    auto impl = std::make_unique<Impl>(pid, command[0], std::move(output->read), std::move(errors));
    int error = 0;
    if (::read(failure->read.get(), &error, sizeof error) == sizeof error) return failed(error);
    return Process{std::move(impl)};
}

tl::expected<std::string, std::string> Process::first_line(Milliseconds limit) { return line(0, limit); }
tl::expected<std::string, std::string> Process::second_line(Milliseconds limit) { return line(1, limit); }

tl::expected<std::string, std::string> Process::line(std::size_t number, Milliseconds limit) {
    std::string line;
    switch (impl_->output_reader.wait(number, limit, line)) {
        case OutputReader::Got::line: return line;
        case OutputReader::Got::nothing:
            return tl::unexpected(impl_->name + " printed no line within " + std::to_string(limit.count()) + " ms" +
                                  quoted(standard_error()));
        case OutputReader::Got::end: break;
    }
    const auto status = wait(Milliseconds{1000});
    const std::string how = status ? "exited with status " + std::to_string(*status) : "closed its standard output";
    return tl::unexpected(impl_->name + " " + how + " before it printed a line" + quoted(standard_error()));
}

void Process::signal(int number) {
    impl_->signalled = true;
    ::kill(-impl_->pid, number);
}

bool Process::was_signalled() const { return impl_->signalled; }

bool Process::running() { return !wait(Milliseconds{0}).has_value(); }

std::optional<int> Process::wait(Milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (true) {
        const auto left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now());
        pollfd ended{impl_->handle.get(), POLLIN, 0};
        const int ready = ::poll(&ended, 1, static_cast<int>(std::max<Milliseconds::rep>(left.count(), 0)));
        if (ready > 0) break;
        if (ready == 0 || errno != EINTR) return std::nullopt;
    }
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(impl_->pid), &info, WEXITED | WNOWAIT | WNOHANG) != 0) return std::nullopt;
    if (info.si_pid == 0) return std::nullopt;
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

std::string Process::standard_error() const {
    std::string text;
    std::array<char, 4096> bytes;
    while (true) {
        const auto count = ::pread(impl_->errors.get(), bytes.data(), bytes.size(), static_cast<off_t>(text.size()));
        if (count <= 0) return text;
        text.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

std::string Process::last_words() const {
    constexpr std::size_t kMost = 600;
    std::string text = standard_error();
    text.erase(text.find_last_not_of("\n ") + 1);
    if (text.size() <= kMost) return text;
    const auto line = text.find('\n', text.size() - kMost);
    return "… " + text.substr(line == std::string::npos ? text.size() - kMost : line + 1);
}

std::size_t Process::open_descriptors() const {
    namespace fs = std::filesystem;
    std::size_t count = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{"/proc", error}) {
        const auto pid = base::parse_number<pid_t>(entry.path().filename().string());
        if (!pid || ::getpgid(*pid) != impl_->pid) continue;
        for (fs::directory_iterator one{entry.path() / "fd", error}; !error && one != fs::directory_iterator{};
             one.increment(error)) {
            ++count;
        }
    }
    return count;
}

std::size_t Process::resident_bytes() const {
    auto status = impl_->proc("status");
    for (std::string line; std::getline(status, line);) {
        std::size_t kibibytes = 0;
        if (std::sscanf(line.c_str(), "VmRSS: %zu kB", &kibibytes) == 1) return kibibytes * 1024;
    }
    return 0;
}

std::chrono::nanoseconds Process::cpu_time() const {
    std::string stat;
    std::getline(impl_->proc("stat"), stat);
    // The second field, the program's name in parentheses, may hold spaces and parentheses itself. User and
    // system time are the fields 14 and 15 (proc(5)).
    constexpr int kFieldsBetween = 11;
    std::istringstream fields{stat.substr(stat.rfind(')') + 1)};
    std::string skipped;
    for (int i = 0; i < kFieldsBetween; ++i) fields >> skipped;
    long long user = 0;
    long long system = 0;
    fields >> user >> system;
    return std::chrono::nanoseconds{(user + system) * (1'000'000'000 / ::sysconf(_SC_CLK_TCK))};
}

int Process::pid() const { return impl_->pid; }

std::string how_it_ended(int status) {
    constexpr int kSignalled = 128;
    if (status <= kSignalled) return "exited with status " + std::to_string(status);
    const int number = status - kSignalled;
    const char* const name = ::sigabbrev_np(number);
    if (name == nullptr) return "was killed by signal " + std::to_string(number);
    return std::string{"was killed by SIG"} + name + " (" + ::sigdescr_np(number) + ")";
}

std::string step_binary(int step) {
    constexpr std::array<const char*, 10> kNames{"step01_blocking_echo",   "step02_async_echo",
                                                 "step03_json_parsing",    "step04_in_task_processing",
                                                 "step05_bounded_channel", "step06_worker_threads",
                                                 "step07_mutex_state",     "step08_sharded_map",
                                                 "step09_atomic_metrics",  "step10_graceful_shutdown"};
    if (step < 1 || step > static_cast<int>(kNames.size())) return {};
    return kNames[static_cast<std::size_t>(step - 1)];
}

std::optional<net::Endpoint> parse_announcement(std::string_view line) {
    constexpr std::string_view kListening = " listening on ";
    const auto at = line.find(kListening);
    const auto colon = line.rfind(':');
    if (at == std::string_view::npos || colon == std::string_view::npos || colon < at) return std::nullopt;
    const auto host_at = at + kListening.size();
    std::string host{line.substr(host_at, colon - host_at)};
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);

    const auto port = base::parse_number<std::uint16_t>(line.substr(colon + 1));
    if (port.value_or(0) == 0) return std::nullopt;
    return net::Endpoint{std::move(host), *port};
}

tl::expected<Server, std::string> start_binary(const std::string& path, std::vector<std::string> options,
                                               Milliseconds patience) {
    std::vector<std::string> command{path, "--port", "0"};
    command.insert(command.end(), std::make_move_iterator(options.begin()), std::make_move_iterator(options.end()));
    auto process = Process::start(command);
    if (!process) return tl::unexpected(process.error());

    const auto line = process->first_line(patience);
    if (!line) return tl::unexpected(line.error());
    auto endpoint = parse_announcement(*line);
    if (!endpoint) {
        const std::string name = path.substr(path.rfind('/') + 1);
        return tl::unexpected(name + " began with \"" + *line + "\" instead of \"… listening on HOST:PORT\"");
    }
    return Server{std::move(*process), std::move(*endpoint)};
}

tl::expected<Server, std::string> start_step(const std::string& bin_dir, int step, std::vector<std::string> options,
                                             Milliseconds patience) {
    const std::string name = step_binary(step);
    if (name.empty()) return tl::unexpected("there is no step " + std::to_string(step));
    return start_binary(bin_dir + "/" + name, std::move(options), patience);
}

}  // namespace station::target
