// One number for all that a run left behind, so that two runs of the same seed can be compared: FNV-1a, 64 bits.
#pragma once

#include "model.hpp"

#include <cstdint>
#include <string>

namespace station::lab {

class Digest {
  public:
    void add(log::Bytes bytes) {
        for (const std::byte byte : bytes) value_ = (value_ ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001B3;
    }
    void add(std::string_view text) { add(log::as_bytes(text)); }
    void add(std::uint64_t number) {
        for (int byte = 0; byte < 8; ++byte, number >>= 8) value_ = (value_ ^ (number & 0xFF)) * 0x100000001B3;
    }
    // Names and bytes of all files, as programs see them.
    void add(const SimulatedDisk& disk) {
        for (const std::string& file : disk.files()) {
            add(file);
            add(disk.content(file));
        }
    }

    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0xCBF29CE484222325;
};

// As JSON has it: in a string, since not every reader of JSON has numbers of 64 bits.
std::string digest_json(std::uint64_t value);

}  // namespace station::lab
