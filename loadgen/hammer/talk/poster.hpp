// Somebody who says everything by POST, one request in flight: the next as soon as the last one is answered, or, in an
// open loop, when it is due. Made, and asked for what it has seen, by one thread; run() by another.
#pragma once

#include <loadgen/hammer/talk/stage.hpp>
#include <loadgen/hammer/talk/tally.hpp>
#include <loadgen/hammer/talk/web_client.hpp>
#include <random>

namespace station::hammer::talk {

class Poster {
  public:
    Poster(Stage& stage, std::size_t which);

    void run();
    Tally& tally() { return tally_; }

  private:
    void post_one_after_the_other();
    void post_in_turn();
    void post(Nanoseconds due);
    bool take(const WebAnswer& answer, std::uint32_t room, std::uint32_t number);

    Stage& stage_;
    const std::size_t which_;
    const Account& account_;
    WebClient client_;
    std::mt19937_64 random_;
    Tally tally_;
};

}  // namespace station::hammer::talk
