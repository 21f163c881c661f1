// One client's connection, made for a test: it never blocks for ever, it takes replies while it sends (so
// that no server can be driven into a deadlock by a long pipeline), and it can make two pieces arrive as two
// reads.
//
// What a server does is never an exception here: a connection that is refused, reset or closed is a result.
#pragma once

#include <chrono>
#include <loadgen/target/excerpt.hpp>
#include <loadgen/target/recorder.hpp>
#include <station/base/descriptor.hpp>
#include <station/net/endpoint.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace station::target {

class Connection {
  public:
    using Milliseconds = std::chrono::milliseconds;

    static tl::expected<Connection, std::string> open(const net::Endpoint& server, Milliseconds patience);

    // From now on `recorder` hears what is sent and received, as from a connection of this name; it outlives this.
    void record(Recorder& recorder, std::string name);

    // Sends all of it, or as much as the server takes before it closes, or before `patience` is over.
    void send(std::string_view bytes, Milliseconds patience);
    // Sends without taking a reply, so that the server has to keep them. False: it took nothing more for `patience`,
    // and the rest was not sent.
    bool send_unread(std::string_view bytes, Milliseconds patience);
    // Returns when the server has read what was sent so far, as the kernel tells (Linux, same machine);
    // otherwise after a moment. Waits no longer than a quarter of a second: a server may be busy with
    // something else.
    void wait_until_read();

    void half_close();
    void close();
    // Closes with a reset instead of a FIN.
    void reset();

    enum class Got { line, silence, end, reset };
    struct Reply {
        Got got = Got::silence;
        std::string line;  // without its '\n'; what there is of one where it is not whole
    };
    // The next reply line, waiting for it up to `patience`.
    Reply read_line(Milliseconds patience);

    // From now on replies are counted, not kept.
    void discard_replies() { discarding_ = true; }
    // Ends that after so many replies, or when no more come for so long. Returns how many it were.
    std::size_t wait_for_discarded(std::size_t replies, Milliseconds patience);

    const Excerpt& sent() const { return sent_; }
    bool sent_everything() const { return sent_everything_; }
    bool half_closed() const { return half_closed_; }
    bool ended() const { return state_ != State::open; }

  private:
    enum class State { open, end, reset };

    Connection(base::Descriptor socket, const net::Endpoint& server, std::uint16_t local_port);
    void receive();                                        // takes what is there, without waiting
    bool wait(short events, Milliseconds patience) const;  // false: time is over
    void count_discarded();
    void note(TraceEvent::What what, std::string_view bytes = {}) const;

    base::Descriptor socket_;
    base::Descriptor diagnosis_;  // netlink socket for wait_until_read()
    net::Endpoint server_;
    std::uint16_t local_port_ = 0;
    std::string received_;
    std::size_t taken_ = 0;  // of received_, by read_line()
    State state_ = State::open;
    Excerpt sent_;
    bool sent_everything_ = true;
    bool half_closed_ = false;
    bool discarding_ = false;
    std::size_t discarded_ = 0;
    Recorder* recorder_ = nullptr;
    std::string name_;  // for the recorder
};

}  // namespace station::target
