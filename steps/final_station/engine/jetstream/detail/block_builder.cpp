#include "block_builder.hpp"

#include <station/log/bytes.hpp>
#include <utility>

namespace station::jetstream {
namespace {

constexpr std::size_t kFullEvents = 1024;
constexpr std::size_t kFullBytes = std::size_t{256} << 10;

}  // namespace

void BlockBuilder::add(std::uint64_t offset, const Decoded& decoded, std::string_view payload) {
    const log::Bytes body = log::as_bytes(payload);
    // The bytes may move while there are more to come: until take() the views have their sizes only.
    block_.events.push_back({decoded.id, decoded.time, offset, 0, body, log::Bytes{decoded.headers}});
    block_.bytes.insert(block_.bytes.end(), body.begin(), body.end());
    block_.bytes.insert(block_.bytes.end(), decoded.headers.begin(), decoded.headers.end());
}

bool BlockBuilder::is_full() const { return block_.events.size() >= kFullEvents || block_.bytes.size() >= kFullBytes; }

EventBlockPointer BlockBuilder::take() {
    const auto done = std::make_shared<EventBlock>(std::exchange(block_, {}));
    log::Bytes rest{done->bytes};
    for (log::Record& event : done->events) {
        event.payload = rest.first(event.payload.size());
        rest = rest.subspan(event.payload.size());
        event.headers = rest.first(event.headers.size());
        rest = rest.subspan(event.headers.size());
    }
    return done;
}

}  // namespace station::jetstream
