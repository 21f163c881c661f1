// Makes an EventBlock, message by message. One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/jetstream/event_block.hpp"
#include "engine/jetstream/message.hpp"

namespace station::jetstream {

class BlockBuilder {
  public:
    void add(std::uint64_t offset, const Decoded& decoded, std::string_view payload);
    bool empty() const { return block_.events.empty(); }
    bool is_full() const;
    // What it has, and begins anew.
    EventBlockPointer take();

  private:
    EventBlock block_;
};

}  // namespace station::jetstream
