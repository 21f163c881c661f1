#include <loadgen/explore/symbols.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <loadgen/explore/libc.hpp>
#include <string_view>
#include <unordered_map>

namespace station::explore {
namespace {

// Asked after each address: its answer marks where the answer before it ends.
constexpr std::string_view kMark = "0xffffffffffffffff";

int questions = -1;
int answers = -1;
std::string unread;

struct Remembered {
    std::uintptr_t address;
    Origin origin;
};
constexpr std::size_t kMostRemembered = 1 << 13;
Remembered* remembered = nullptr;  // shared, by a hash of the address; where it is full, it is asked again

bool read_line(std::string& line) {
    while (true) {
        const auto end = unread.find('\n');
        if (end != std::string::npos) {
            line = unread.substr(0, end);
            unread.erase(0, end + 1);
            return true;
        }
        char bytes[4096];
        const long count = libc::system_call(SYS_read, answers, bytes, sizeof bytes);
        if (count <= 0) return false;
        unread.append(bytes, static_cast<std::size_t>(count));
    }
}

// "/…/bounded_channel.hpp:31 (discriminator 2)"
Place parse(std::string_view text) {
    text = text.substr(0, text.find(" (discriminator"));
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return {};
    return {std::string{text.substr(0, colon)}, std::atoi(text.data() + colon + 1)};
}

// An answer is the address, and then a line for the function and one for the place, as often as something is inlined.
std::vector<Place> ask(std::uintptr_t address) {
    char question[64];
    const int size = std::snprintf(question, sizeof question, "0x%zx\n%s\n", address, kMark.data());
    std::vector<Place> places;
    if (libc::system_call(SYS_write, questions, question, size) != size) return places;
    std::string line;
    bool is_answer = false;  // before it may stand what another process had asked, and was ended before it read it
    bool is_mark = false;
    bool is_place = false;
    while (read_line(line)) {
        if (line.starts_with("0x")) {
            is_answer = is_answer || std::strtoull(line.c_str(), nullptr, 16) == address;
            is_mark = is_answer && line == kMark;
            is_place = false;
            continue;
        }
        if (!is_answer) continue;
        if (is_place && is_mark) break;
        if (is_place && !line.starts_with("??")) places.push_back(parse(line));
        is_place = !is_place;
    }
    return places;
}

// What a learner's line calls directly.
bool is_wrapper(const Place& place) {
    for (const std::string_view name :
         {"/atomic", "/bits/atomic_base.h", "/bits/gthr-default.h", "/bits/std_thread.h"}) {
        if (place.file.ends_with(name)) return true;
    }
    return false;
}

}  // namespace

void start_symbols() {
    void* const shared = ::mmap(nullptr, kMostRemembered * sizeof(Remembered), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared != MAP_FAILED) remembered = static_cast<Remembered*>(shared);
    char program[4096] = {};
    int to[2];
    int from[2];
    if (::readlink("/proc/self/exe", program, sizeof program - 1) < 0) return;
    if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) return;
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(to[0], STDIN_FILENO);
        ::dup2(from[1], STDOUT_FILENO);
        ::execlp("addr2line", "addr2line", "-a", "-f", "-i", "-e", program, nullptr);
        ::_exit(127);
    }
    ::close(to[0]);
    ::close(from[1]);
    questions = to[1];
    answers = from[0];
}

std::vector<Place> places_of(const void* return_address) {
    static std::unordered_map<const void*, std::vector<Place>> known;
    const auto found = known.find(return_address);
    if (found != known.end()) return found->second;
    return known[return_address] = ask(reinterpret_cast<std::uintptr_t>(return_address) - 1);
}

bool is_learners(const Place& place) {
    return place.file.starts_with("/") && !place.file.starts_with("/usr/") &&
           place.file.find("/moodycamel/") == std::string::npos &&
           place.file.find("/loadgen/explore/hooks_") == std::string::npos &&
           !place.file.ends_with("/loadgen/explore/explore.hpp");
}

Origin origin_of(const void* return_address) {
    const auto address = reinterpret_cast<std::uintptr_t>(return_address);
    Remembered* const slot = remembered == nullptr ? nullptr : &remembered[(address * 0x9E3779B97F4A7C15ULL) >> 51];
    if (slot != nullptr && slot->address == address) return slot->origin;
    Origin origin = Origin::learner;  // a function of std::atomic that was not inlined: only learners' code has such
    for (const Place& place : places_of(return_address)) {
        if (is_wrapper(place)) continue;
        if (!is_learners(place)) origin = Origin::library;
        if (place.file.ends_with("/bits/atomic_wait.h")) origin = Origin::standard_wait;
        if (place.file.ends_with("/bits/shared_ptr_atomic.h")) origin = Origin::atomic_shared_ptr;
        break;
    }
    if (slot != nullptr) *slot = {address, origin};
    return origin;
}

}  // namespace station::explore
