// What concerns the process: descriptors, their limit, the standard streams. Each looks at a child of its own.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <station/base/descriptor.hpp>
#include <station/base/descriptor_limit.hpp>
#include <station/base/standard_streams.hpp>
#include <utility>

#include "catch.hpp"

namespace station::base {
namespace {

// The status of a child that runs `body` and ends with what it returns.
template <typename Body>
int status_of(Body body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

// 0, or the number of the first thing that is not as it must be.
int check_streams(unsigned closed) {
    for (int fd = 0; fd < 3; ++fd) {
        if (::dup2(::open("/dev/zero", O_RDWR), fd) != fd) return 1;
    }
    for (int fd = 0; fd < 3; ++fd) {
        if ((closed >> fd & 1) != 0) ::close(fd);
    }
    open_standard_streams();
    for (int fd = 0; fd < 3; ++fd) {
        if (!is_open(fd)) return 2;
        char byte = 0;
        const ssize_t moved = fd == STDIN_FILENO ? ::read(fd, &byte, 1) : ::write(fd, &byte, 1);
        if ((closed >> fd & 1) == 0 && moved != 1) return 3;
        if ((closed >> fd & 1) != 0 && (moved != -1 || errno != EBADF)) return 4;
    }
    return ::open("/dev/null", O_RDONLY) > STDERR_FILENO ? 0 : 5;
}

TEST_CASE("standard streams: those that are closed are taken and fail, the others stay what they are") {
    for (unsigned closed = 0; closed < 8; ++closed) {
        CAPTURE(closed);
        CHECK(status_of([&] { return check_streams(closed); }) == 0);
    }
}

TEST_CASE("descriptor limit: the soft one becomes the hard one") {
    CHECK(status_of([] {
              const rlimit limit{32, 64};
              if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
              if (raise_descriptor_limit() != 64) return 2;
              rlimit now{};
              ::getrlimit(RLIMIT_NOFILE, &now);
              if (now.rlim_cur != 64 || now.rlim_max != 64) return 3;
              return raise_descriptor_limit(10) == 64 ? 0 : 4;
          }) == 0);
}

TEST_CASE("descriptor limit: what is wanted beyond the hard one is had by who may, and costs others nothing") {
    CHECK(status_of([] {
              const rlimit limit{32, 64};
              if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
              const std::size_t raised = raise_descriptor_limit(100);
              rlimit now{};
              ::getrlimit(RLIMIT_NOFILE, &now);
              if (raised != now.rlim_cur) return 2;
              return raised == 100 || raised == 64 ? 0 : 3;
          }) == 0);
}

TEST_CASE("descriptor: is closed with its owner, once") {
    int number = -1;
    {
        Descriptor first{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
        REQUIRE(first);
        number = first.get();
        const Descriptor second{std::move(first)};
        CHECK(second.get() == number);
        CHECK(is_open(number));
    }
    CHECK_FALSE(is_open(number));
}

TEST_CASE("descriptor: what is assigned to it replaces what it had") {
    Descriptor one{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    Descriptor two{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    const int first = one.get();
    const int second = two.get();
    one = std::move(two);
    CHECK(one.get() == second);
    CHECK_FALSE(is_open(first));
    const int released = one.release();
    CHECK_FALSE(one);
    CHECK(is_open(released));
    one = Descriptor{released};
    one.reset();
    CHECK_FALSE(is_open(released));
}

}  // namespace
}  // namespace station::base
