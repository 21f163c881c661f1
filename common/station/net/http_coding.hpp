// Content codings of HTTP answers (RFC 9110, 8.4 and 12.5.3): whether a client would rather have gzip, and gzip of a
// body that is made while it is sent. As everywhere in this library, no I/O.
#pragma once

#include <cstdint>
#include <station/net/http.hpp>
#include <string>
#include <string_view>

namespace station::net {

// Accept-Encoding has gzip, or `*`, with a weight above zero and not below identity's. A member that can't be read
// counts for nothing, and a request without the header gets no coding: it may come from who knows none. Any thread.
bool prefers_gzip(const HttpRequest& request);

// One gzip stream (RFC 1952) in pieces, each of which can be read whole as soon as it is there. No piece sees the one
// before it: all streams of a thread share its shared_deflater(), and between two pieces one keeps but a checksum and a
// length, however long it waits. What that costs is a larger stream, where pieces are small.
//
// Not thread-safe: belongs to its connection's thread. std::bad_alloc where the thread's compressor finds no memory.
class GzipPieces {
  public:
    // Appends the piece, and in front of the first one the stream's head. Never nothing, but for no bytes.
    void add(std::string_view bytes, std::string& out);
    // Appends the stream's end. Without it a reader knows that something is missing.
    void finish(std::string& out);

  private:
    void begin(std::string& out);

    bool begun_ = false;
    std::uint32_t checksum_ = 0;
    std::uint32_t length_ = 0;  // modulo 2^32, as the format has it
};

// What never changes, as small as zlib makes it.
std::string gzip_whole(std::string_view bytes);

}  // namespace station::net
