// A program that the checks start, watch, signal and outlive: a step's binary, or a learner's in any
// language.
//
// The program leads a process group of its own and reads nothing (/dev/null). Its standard output is drained
// for as long as it runs, so that a chatty program never blocks on a full pipe, but only its first two lines
// are kept; its standard error goes to an unnamed temporary file. The program's whole group is killed (SIGKILL) when
// its Process goes, and when this process ends (keeper.hpp); the program itself also when the thread that started it
// ends without having let it go: start it from a thread that outlives it.
//
// The program is reaped only when its Process goes, so pid(), cpu_time() and signal() never mean a stranger,
// also after it has exited. One thread uses a Process at a time. Linux only: /proc, pidfd, PR_SET_PDEATHSIG.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <station/net/endpoint.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace station::target {

class Process {
  public:
    // command[0] is looked up in PATH. The error is one line that names the program and the reason.
    static tl::expected<Process, std::string> start(const std::vector<std::string>& command);

    Process(Process&&) noexcept;
    Process& operator=(Process&&) noexcept;
    ~Process();

    // The first line of standard output, without its ending, waiting for it up to `limit`. May be called
    // again: it returns the same line. The error says whether time ran out or the program ended, and quotes
    // standard error.
    tl::expected<std::string, std::string> first_line(std::chrono::milliseconds limit);
    tl::expected<std::string, std::string> second_line(std::chrono::milliseconds limit);

    // To the whole process group, as a terminal's Ctrl+C. Nothing happens where the program has ended.
    void signal(int number);

    bool running();
    // The exit status, 128 + N where signal N ended the program; nullopt where it still runs after `limit`.
    std::optional<int> wait(std::chrono::milliseconds limit);

    std::string standard_error() const;         // all of it, so far
    std::string last_words() const;             // the end of standard error, a few lines; empty where there is none
    bool was_signalled() const;                 // signal() was called
    std::size_t open_descriptors() const;       // of the whole process group; 0 where nobody may look
    std::size_t resident_bytes() const;         // VmRSS; 0 once it has ended
    std::chrono::nanoseconds cpu_time() const;  // user and system, in the kernel's ticks of 10 ms; stays after the end
    int pid() const;

  private:
    tl::expected<std::string, std::string> line(std::size_t number, std::chrono::milliseconds limit);

    class Impl;
    explicit Process(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// "was killed by SIGSEGV (Segmentation fault)", "exited with status 1"; `status` as wait() has it.
std::string how_it_ended(int status);

// A step that listens.
struct Server {
    Process process;
    net::Endpoint endpoint;
};

// Longest wait for a program to listen.
inline constexpr std::chrono::milliseconds kStartPatience{10'000};

// Starts a binary that takes the steps' options on a free port, with further options, and waits until it says that it
// listens. The error is one line, or a few where the program wrote to standard error.
tl::expected<Server, std::string> start_binary(const std::string& path, std::vector<std::string> options,
                                               std::chrono::milliseconds patience = kStartPatience);

// The same for a step of that folder.
tl::expected<Server, std::string> start_step(const std::string& bin_dir, int step, std::vector<std::string> options,
                                             std::chrono::milliseconds patience = kStartPatience);

// "step05_bounded_channel" for 5; empty outside of 1 to 10.
std::string step_binary(int step);

// The endpoint in "step05_bounded_channel listening on 127.0.0.1:7005"; nullopt for any other line.
std::optional<net::Endpoint> parse_announcement(std::string_view line);

}  // namespace station::target
