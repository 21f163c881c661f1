// What two copies of a topic have in common: how many events, and one hash over all of them. For each event BLAKE3
// takes the id (16 bytes), the time (ns, i64), the headers (u32 length, then the MessagePack map with its keys
// sorted), and the payload (u32 length, then the bytes); numbers little-endian. Offsets have no part in it. One
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <station/ledger/wire/hash.hpp>
#include <station/log/cursor.hpp>
#include <string>

namespace station::final_station {

class Digest {
  public:
    void add(std::span<const log::EventView> events);
    std::uint64_t events() const { return events_; }
    std::string hash() const { return hasher_.finish().to_hex(); }

  private:
    void add_sized(log::Bytes bytes);

    std::uint64_t events_ = 0;
    ledger::Hasher hasher_;
};

}  // namespace station::final_station
