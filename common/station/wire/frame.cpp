#include <algorithm>
#include <station/base/little_endian.hpp>
#include <station/wire/frame.hpp>
#include <station/wire/json_writer.hpp>

namespace station::wire {

using base::load_little;
using base::store_little;

bool take_frame(std::span<const std::byte>& bytes, Frame& frame) {
    if (bytes.size() < kFrameHeader) return false;
    const auto length = load_little<std::uint32_t>(bytes.data() + 17);
    if (length > bytes.size() - kFrameHeader) return false;
    frame.type = static_cast<FrameType>(bytes[0]);
    frame.stream = load_little<std::uint64_t>(bytes.data() + 1);
    frame.offset = load_little<std::uint64_t>(bytes.data() + 9);
    frame.payload = bytes.subspan(kFrameHeader, length);
    bytes = bytes.subspan(kFrameHeader + length);
    return true;
}

void put_frame_header(std::string& out, FrameType type, std::uint64_t stream, std::uint64_t offset,
                      std::size_t length) {
    std::byte header[kFrameHeader];
    header[0] = static_cast<std::byte>(type);
    store_little(header + 1, stream);
    store_little(header + 9, offset);
    store_little(header + 17, static_cast<std::uint32_t>(length));
    out.append(reinterpret_cast<const char*>(header), sizeof header);
}

void put_meta(std::string& out, std::span<const std::byte, 16> id, std::int64_t time) {
    std::byte meta[kMetaBytes];
    std::copy(id.begin(), id.end(), meta);
    store_little(meta + id.size(), time);
    out.append(reinterpret_cast<const char*>(meta), sizeof meta);
}

std::string frame_error(std::string_view reason, std::string_view detail) {
    std::string text;
    JsonWriter(text).begin_object().member("reason", reason).member("detail", detail).end_object();
    return text;
}

}  // namespace station::wire
