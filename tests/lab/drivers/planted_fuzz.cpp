// A fuzz target with a bug in it, so that it is known that one would be found: a frame that names stream 77 ends it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 17 && data[0] != 0 && data[1] == 77) std::abort();
    return 0;
}
