// A client that does just what it is told, byte by byte, where the hammer would be too well-behaved: half lines, garbage,
// and a question now and then beside the hammer's load. Blocking, with a time limit on every wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <loadgen/check/descriptor.hpp>
#include <optional>
#include <station/net/endpoint.hpp>
#include <string>
#include <string_view>

namespace station::lesson {

class LineClient {
  public:
    using Milliseconds = std::chrono::milliseconds;

    // Throws CannotMeasure where nobody listens.
    explicit LineClient(const net::Endpoint& endpoint);

    // False where the connection has ended.
    bool send(std::string_view bytes);
    void finish_sending();
    // The next line without its ending; nullopt where the connection ended or nothing came within `limit`.
    std::optional<std::string> receive_line(Milliseconds limit);

    // The "balance" in the reply; nullopt where there is none.
    std::optional<std::int64_t> balance(std::string_view user, Milliseconds limit = Milliseconds{5000});

  private:
    check::Descriptor socket_;
    std::string received_;
};

}  // namespace station::lesson
