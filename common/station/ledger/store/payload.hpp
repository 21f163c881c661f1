// What an event says, as far as it can still be read.
#pragma once

#include <memory>
#include <station/log/bytes.hpp>
#include <vector>

namespace station::ledger {

class Payload {
  public:
    enum class State {
        plain,   // bytes() is one MessagePack value
        erased,  // its entity was forgotten
        no_key,  // its entity can be forgotten, and its key is not here: a copy without keys
    };

    explicit Payload(State state) : state_(state) {}
    explicit Payload(std::vector<std::byte> bytes) : owned_(std::move(bytes)) {}
    // Not a copy: `memory` keeps the bytes.
    Payload(log::Bytes bytes, std::shared_ptr<const std::byte> memory) : shown_(bytes), memory_(std::move(memory)) {}

    State state() const { return state_; }
    bool plain() const { return state_ == State::plain; }
    log::Bytes bytes() const { return memory_ ? shown_ : log::Bytes{owned_}; }  // none where it is not plain

  private:
    State state_ = State::plain;
    std::vector<std::byte> owned_;
    log::Bytes shown_;
    std::shared_ptr<const std::byte> memory_;
};

}  // namespace station::ledger
