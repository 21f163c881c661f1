// What is said: message `number` of a run has a client_message_id that says which it is, and a text that begins with
// the time from which its latency counts (16 hexadecimal digits of the monotonic clock, 0: not to be measured)
// and goes on with made-up words, a few of them everywhere, most of them rare.
//
// Immutable once built; any thread.
#pragma once

#include <cstdint>
#include <loadgen/hammer/plan.hpp>
#include <loadgen/hammer/talk/room_log.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace station::hammer::talk {

class Script {
  public:
    // `run` tells the messages of two runs apart.
    Script(std::size_t characters, std::uint64_t seed, std::uint64_t run);

    std::string id_of(std::uint32_t number) const;
    std::string text_of(std::uint32_t number, Nanoseconds stamp) const;

    // kStranger for a message of another run, or of somebody else.
    std::uint32_t number_of(std::string_view client_message_id) const;
    // Whether this is what message `number` says, whenever that was.
    bool is_text_of(std::uint32_t number, std::string_view text) const;

  private:
    std::string_view words_of(std::uint32_t number) const;

    std::size_t characters_;  // behind the stamp
    std::string prefix_;
    std::string words_;
};

}  // namespace station::hammer::talk
