// A program may be started with descriptors 0, 1 or 2 closed (`program >&-`). The first files it opens then get these
// numbers, and what is printed goes into them: a log line into the middle of a log.
#pragma once

namespace station::base {

// Opens those of 0 to 2 that are closed on /dev/null, 0 to write and the others to read, so that their use fails
// (EBADF) as it would have, and is noticed. First thing in main(), before anything is opened and before there are
// threads. The idea is that of gnulib's stdopen.
void open_standard_streams() noexcept;

}  // namespace station::base
