// A client with plain blocking sockets, apart from all that it tests. Nothing waits longer than kPatience: it throws.
#pragma once

#include <cstddef>
#include <optional>
#include <station/net/endpoint.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::test {

class LineClient {
  public:
    // `receive_buffer`: what the kernel keeps for a client that does not read, in bytes; 0 is its default.
    explicit LineClient(const net::Endpoint& server, int receive_buffer = 0);
    LineClient(LineClient&& other) noexcept;
    LineClient(const LineClient&) = delete;
    LineClient& operator=(const LineClient&) = delete;
    ~LineClient();

    // False where the server has ended the connection.
    bool send(std::string_view bytes);
    // As much as goes out at once; 0: the way is full. nullopt: the server has ended the connection.
    std::optional<std::size_t> try_send(std::string_view bytes);
    // Waits until the server's kernel has received all that was sent, whether or not the server has read it.
    void wait_until_delivered();
    // No more requests: FIN.
    void half_close();
    // Leaves without a word: RST.
    void reset();

    // The next line without its '\n'; nullopt at the end of the stream, or where it was reset.
    std::optional<std::string> line();
    std::vector<std::string> lines(std::size_t count);
    // The rest of the stream. `was_reset` says how it ended.
    std::string rest();
    bool was_reset() const { return was_reset_; }

  private:
    bool fill();

    int socket_ = -1;
    std::string received_;
    std::size_t begin_ = 0;
    bool was_reset_ = false;
};

// True where nobody listens.
bool is_refused(const net::Endpoint& server);

}  // namespace station::test
