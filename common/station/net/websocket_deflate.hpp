// permessage-deflate (RFC 7692, section 7.2) of one connection: messages are compressed, and expanded piece by piece.
//
// What no context takeover leaves between two messages is nothing, and so a connection keeps nothing then: all
// connections of a thread share a compressor, and one that is receiving a compressed message borrows what expands it
// until the message is whole. With context takeover both belong to the connection: 256 KiB to compress, 40 KiB to
// expand.
//
// Not thread-safe: belongs to its connection's thread.
#pragma once

#include <memory>
#include <station/net/deflate.hpp>
#include <station/net/websocket_extensions.hpp>
#include <string>
#include <string_view>

namespace station::net {

class MessageDeflate {
  public:
    MessageDeflate(bool is_server, const DeflateParameters& parameters);
    MessageDeflate(const MessageDeflate&) = delete;
    MessageDeflate& operator=(const MessageDeflate&) = delete;
    ~MessageDeflate();

    // Appends a whole message's payload, compressed.
    void compress(std::string_view message, std::string& out);

    // Appends what the next bytes of a message give; and what is left once it is whole.
    Inflater::Result expand(std::string_view bytes, std::string& message, std::size_t most);
    Inflater::Result end_message(std::string& message, std::size_t most);

  private:
    struct Direction {
        bool takes_context_over;
        int window_bits;
    };
    Direction out_;
    Direction in_;
    std::unique_ptr<Deflater> deflater_;  // where contexts are taken over
    std::unique_ptr<Inflater> inflater_;  // the same, or while a message comes in
    bool inside_message_ = false;         // some bytes of it were expanded
};

}  // namespace station::net
