// Publishing over a WebSocket: PUBLISH frames go out, as many in one message as may be in flight, and each gets one
// ACK, in order, with an offset that grows.
#pragma once

#include <loadgen/hammer/exchange.hpp>
#include <loadgen/hammer/payloads.hpp>
#include <loadgen/hammer/station_socket.hpp>

namespace station::hammer {

class FrameExchange final : public Exchange, StationSocket::Frames {
  public:
    // `run_began` is where the run's times count from, on the monotonic clock. Without a topic it only stays connected.
    FrameExchange(const Plan& plan, const Payloads& payloads, std::size_t number, Schedule schedule,
                  Nanoseconds run_began, bool publishes);

    bool ready() const override { return socket_.ready(); }
    std::string refusal() const override { return socket_.problem(); }
    std::string_view outgoing(std::size_t most, Nanoseconds now) override;
    std::size_t sent(std::size_t bytes, Nanoseconds now) override;
    bool unfinished() const override { return !socket_.unsent().empty(); }
    void received(std::string_view bytes, Nanoseconds now, Slice& slice) override;
    void finish(Slice& slice) override;
    std::string goodbye() override;
    std::optional<std::uint64_t> last_acknowledged() const override { return last_offset_; }

  private:
    void on_frame(const wire::Frame& frame) override;
    void on_other(std::string_view what) override;
    void acknowledged(const wire::Frame& frame);
    void refused(const wire::Frame& frame);
    void settle();
    void complain(const std::string& what);

    const Payloads* payloads_;
    std::uint64_t first_;
    Nanoseconds run_began_;
    StationSocket socket_;
    std::string frames_;    // scratch
    std::size_t put_ = 0;   // requests in the message that was put last, until sent() hears of it
    std::size_t acks_ = 0;  // of what is being received, not counted yet
    std::optional<std::uint64_t> last_offset_;
    Slice* slice_ = nullptr;  // while received() runs
    Nanoseconds now_{0};
};

}  // namespace station::hammer
