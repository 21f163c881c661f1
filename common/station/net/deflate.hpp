// DEFLATE (RFC 1951), bare or as gzip (RFC 1952), as zlib does it: what a stream is given is appended to a string. Both
// directions keep their stream between two calls, so that a text may come in pieces.
//
// A Deflater holds 256 KiB with the largest window, an Inflater some 7 KiB and, once it needs one, a window of up to 32
// KiB: who has many connections shares them. Where there is no memory for one, its constructor and add() throw
// std::bad_alloc.
//
// Not thread-safe; any thread, one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace station::net {

// Windows hold 2^bits bytes. zlib compresses with no smaller one than 2^9.
inline constexpr int kLeastWindowBits = 8;
inline constexpr int kLeastDeflateWindowBits = 9;
inline constexpr int kMostWindowBits = 15;

class Deflater {
  public:
    enum class Format { raw, gzip };
    enum class Flush {
        none,    // zlib keeps what it likes
        sync,    // all that was given can be read; ends with 00 00 FF FF, at a byte's border, if there was anything
        finish,  // the same, and it is the stream's end: reset() before more is given
    };
    // The least work: a connection's thread has others to serve. Of JSON events level 6 makes a quarter less for half
    // as much work again, and 9 hardly less than that for ten times as much.
    static constexpr int kFastest = 1;

    explicit Deflater(Format format, int level = kFastest, int window_bits = kMostWindowBits);
    ~Deflater();
    Deflater(Deflater&&) noexcept;
    Deflater& operator=(Deflater&&) noexcept;

    void add(std::string_view bytes, Flush flush, std::string& out);
    // Begins another stream, with nothing in its window.
    void reset();

  private:
    struct End {
        void operator()(z_stream_s* stream) const;
    };
    std::unique_ptr<z_stream_s, End> stream_;
};

// This thread's compressor of the bare format, with an empty window: of all whose pieces don't see each other.
// Until the next call on this thread.
Deflater& shared_deflater(int window_bits);

// Reads the bare format. A stream that has ended may be followed by the next one, which still sees its window.
class Inflater {
  public:
    enum class Result { ok, too_large, broken };

    explicit Inflater(int window_bits = kMostWindowBits);
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    // Appends what `bytes` give, so that `out` is never longer than `most`: a few bytes can ask for a thousand times as
    // many, and are stopped at the first one too much. After `too_large` and `broken`, which leave in `out` what came
    // before, reset() or nothing.
    Result add(std::string_view bytes, std::string& out, std::size_t most);
    // Nothing of a block is missing, nor a bit of its last byte.
    bool between_blocks() const;
    void reset();

  private:
    struct End {
        void operator()(z_stream_s* stream) const;
    };
    std::unique_ptr<z_stream_s, End> stream_;
};

// Makes room for `size` bytes in all, and never for more than `most`: std::string by itself doubles, past any limit.
void make_room(std::string& bytes, std::size_t size, std::size_t most);

}  // namespace station::net
