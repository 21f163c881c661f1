#include "digest.hpp"

#include <array>
#include <station/log/bytes.hpp>
#include <station/log/publish.hpp>

namespace station::final_station {

void Digest::add_sized(log::Bytes bytes) {
    std::array<std::byte, sizeof(std::uint32_t)> size;
    log::store_little(size.data(), static_cast<std::uint32_t>(bytes.size()));
    hasher_.update(size).update(bytes);
}

void Digest::add(std::span<const log::EventView> events) {
    for (const log::EventView& event : events) {
        std::array<std::byte, sizeof(std::int64_t)> time;
        log::store_little(time.data(), event.time);
        hasher_.update(event.id.bytes()).update(time);
        // Whoever wrote them may have had another order.
        const auto headers = log::decode_headers(event.headers);
        add_sized(headers && !headers->empty() ? log::encode_headers(*headers) : std::vector<std::byte>{});
        add_sized(event.payload);
        ++events_;
    }
}

}  // namespace station::final_station
