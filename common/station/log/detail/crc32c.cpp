#include <isa-l/crc.h>
#include <station/log/detail/crc32c.hpp>

namespace station::log {

std::uint32_t crc32c(Bytes bytes) {
    // ISA-L leaves both inversions to its caller, and takes a pointer to bytes that it does not change.
    auto* const data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
    return ~crc32_iscsi(data, static_cast<int>(bytes.size()), 0xFFFFFFFFU);
}

}  // namespace station::log
