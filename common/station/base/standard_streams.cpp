#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <station/base/standard_streams.hpp>

namespace station::base {

void open_standard_streams() noexcept {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest number that is free is given out, and all below `stream` are taken. Children inherit it, as they
        // would have inherited that it is closed.
        const int mode = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (::open("/dev/null", mode) >= 0) continue;
        // Without a /dev: what is only a place (O_PATH) can't be read or written either.
        [[maybe_unused]] const int place = ::open("/", O_PATH);
    }
}

}  // namespace station::base
