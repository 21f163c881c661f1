#include <station/wire/frame.hpp>
#include <station/wire/json_writer.hpp>

namespace station::wire {
namespace {

template <typename T>
T load(const std::byte* from) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) {
        value = static_cast<T>(value | static_cast<T>(std::to_integer<T>(from[i]) << (8 * i)));
    }
    return value;
}

template <typename T>
void store(char* to, T value) {
    for (std::size_t i = 0; i < sizeof value; ++i) {
        to[i] = static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    }
}

}  // namespace

bool take_frame(std::span<const std::byte>& bytes, Frame& frame) {
    if (bytes.size() < kFrameHeader) return false;
    const auto length = load<std::uint32_t>(bytes.data() + 17);
    if (length > bytes.size() - kFrameHeader) return false;
    frame.type = static_cast<FrameType>(bytes[0]);
    frame.stream = load<std::uint64_t>(bytes.data() + 1);
    frame.offset = load<std::uint64_t>(bytes.data() + 9);
    frame.payload = bytes.subspan(kFrameHeader, length);
    bytes = bytes.subspan(kFrameHeader + length);
    return true;
}

void put_frame_header(std::string& out, FrameType type, std::uint64_t stream, std::uint64_t offset,
                      std::size_t length) {
    char header[kFrameHeader];
    header[0] = static_cast<char>(type);
    store(header + 1, stream);
    store(header + 9, offset);
    store(header + 17, static_cast<std::uint32_t>(length));
    out.append(header, sizeof header);
}

void put_meta(std::string& out, std::span<const std::byte, 16> id, std::int64_t time) {
    char meta[kMetaBytes];
    for (std::size_t i = 0; i < id.size(); ++i) meta[i] = static_cast<char>(id[i]);
    store(meta + id.size(), static_cast<std::uint64_t>(time));
    out.append(meta, sizeof meta);
}

std::string frame_error(std::string_view reason, std::string_view detail) {
    std::string text;
    JsonWriter(text).begin_object().member("reason", reason).member("detail", detail).end_object();
    return text;
}

}  // namespace station::wire
