// Posts JSON to addresses that somebody else has chosen, several at once, and waits for each only so long. One thread,
// but for wake_up().
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace station::chat {

class WebCalls {
  public:
    static constexpr std::size_t kMostOfReply = std::size_t{64} << 10;  // bytes

    WebCalls(bool allow_private, std::chrono::milliseconds patience);
    ~WebCalls();  // gives up what is under way

    // False: there is no memory for it.
    bool begin(std::uint64_t number, const std::string& url, std::string body);

    struct Ended {
        std::uint64_t number = 0;
        std::string text = {};     // what was answered as text; empty where it was something else
        std::string problem = {};  // why nothing was; empty: nothing is wrong
    };
    // Waits until something ends, about a second has passed, or somebody wakes it up.
    std::vector<Ended> go_on();
    void wake_up();  // any thread

  private:
    struct Call;
    struct Impl;
    const std::unique_ptr<Impl> impl_;
};

}  // namespace station::chat
