// One non-blocking connection to the server under load: bytes in and out, and when each publish without an answer was
// sent. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "buffer.hpp"
#include "protocol.hpp"
#include "socket.hpp"
#include "tally.hpp"

namespace station::peers {

class Connection final : public Sink {
  public:
    // Connects and greets. `window`: most publishes without an answer.
    Connection(std::uint16_t port, const ProtocolOptions& options, std::size_t window, const Socket& epoll,
               Tally& tally);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() = default;

    int descriptor() const { return socket_.get(); }
    Role role() const { return role_; }
    bool may_publish() const { return published_ - answered_ < sent_at_.size(); }
    Clock::time_point last_stamp() const { return last_stamp_; }

    // The payload is stamped with `due`. Nothing leaves before flush().
    void publish(std::string& payload, Clock::time_point due);
    void subscribe() { protocol_->subscribe(out_); }
    void flush();
    void receive();

  private:
    void acknowledged() override;
    void refused(std::string_view why) override;
    void message(std::string_view payload) override;

    Role role_;
    const Socket& epoll_;
    Tally& tally_;
    std::unique_ptr<Protocol> protocol_;
    Socket socket_;
    Buffer in_;
    Buffer out_;
    bool waits_to_write_ = false;
    std::vector<Clock::time_point> sent_at_;  // a ring
    std::uint64_t published_ = 0;
    std::uint64_t answered_ = 0;
    Clock::time_point received_at_;
    Clock::time_point last_stamp_;
};

}  // namespace station::peers
