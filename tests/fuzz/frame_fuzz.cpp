// Binary frames: whatever is taken is what was there, to the byte.
#include <span>
#include <station/wire/frame.hpp>
#include <string>

#include "fuzz.hpp"

using namespace station;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto left = std::as_bytes(std::span{data, size});
    std::string again;
    wire::Frame frame;
    while (wire::take_frame(left, frame)) {
        wire::put_frame_header(again, frame.type, frame.stream, frame.offset, frame.payload.size());
        again.append(reinterpret_cast<const char*>(frame.payload.data()), frame.payload.size());
    }
    fuzz::require(again + std::string{fuzz::as_text(data + again.size(), left.size())} == fuzz::as_text(data, size),
                  "frames put back give the bytes they were taken from");
    return 0;
}
