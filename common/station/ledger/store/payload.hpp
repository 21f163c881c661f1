// What an event says, as far as it can still be read.
#pragma once

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
    explicit Payload(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

    State state() const { return state_; }
    bool plain() const { return state_ == State::plain; }
    log::Bytes bytes() const { return bytes_; }  // none where it is not plain

  private:
    State state_ = State::plain;
    std::vector<std::byte> bytes_;
};

}  // namespace station::ledger
