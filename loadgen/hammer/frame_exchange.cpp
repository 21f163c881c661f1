#include <loadgen/hammer/frame_exchange.hpp>

#include <algorithm>
#include <loadgen/hammer/text.hpp>
#include <utility>

namespace station::hammer {
namespace {

// A message stays well below what a server takes.
constexpr std::size_t kMessageBytes = std::size_t{256} << 10;

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

FrameExchange::FrameExchange(const Plan& plan, const Payloads& payloads, std::size_t number, Schedule schedule,
                             Nanoseconds run_began, bool publishes)
    : Exchange(schedule),
      payloads_(&payloads),
      first_(number * 101),
      run_began_(run_began),
      socket_(plan.target, plan.token, publishes ? open_question(plan.topic) : "",
              static_cast<std::uint32_t>(plan.seed + number)) {}

std::string_view FrameExchange::outgoing(std::size_t most, Nanoseconds now) {
    const std::size_t frame = wire::kFrameHeader + payloads_->size();
    if (!unfinished() && most > 0) {
        put_ = std::min(most, std::max<std::size_t>(1, kMessageBytes / frame));
        frames_.clear();
        for (std::size_t i = 0; i < put_; ++i) {
            const std::uint64_t number = begun() + i;
            const Nanoseconds due = schedule().every > 0 ? schedule().due(number) : now;
            wire::put_frame_header(frames_, wire::FrameType::publish, socket_.stream(), 0, payloads_->size());
            payloads_->append(frames_, first_ + number, run_began_ + due);
        }
        socket_.put(std::as_bytes(std::span{frames_}));
    }
    return socket_.unsent();
}

std::size_t FrameExchange::sent(std::size_t bytes, Nanoseconds now) {
    socket_.sent(bytes);
    const std::size_t begun_now = std::exchange(put_, 0);
    begin(begun_now, now);
    return begun_now;
}

void FrameExchange::received(std::string_view bytes, Nanoseconds now, Slice& slice) {
    slice_ = &slice;
    now_ = now;
    socket_.received(bytes, *this);
    settle();
}

void FrameExchange::on_frame(const wire::Frame& frame) {
    if (acks_ == in_flight_.size()) {
        settle();
        ++slice_->unexpected;
        return complain("a frame that nobody asked for, of type " + std::to_string(static_cast<unsigned>(frame.type)));
    }
    if (frame.type == wire::FrameType::ack) return acknowledged(frame);
    settle();
    if (frame.type == wire::FrameType::error) return refused(frame);
    ++slice_->unexpected;
    complain("a publisher got a frame of type " + std::to_string(static_cast<unsigned>(frame.type)));
}

void FrameExchange::acknowledged(const wire::Frame& frame) {
    const bool grows = !last_offset_ || frame.offset > *last_offset_;
    if (grows && frame.stream == socket_.stream()) {
        last_offset_ = frame.offset;
        ++acks_;
        return;
    }
    settle();
    ++slice_->replies.mismatched;
    in_flight_.forget(1);
    complain("an ACK of stream " + std::to_string(frame.stream) + " for offset " + std::to_string(frame.offset) +
             (last_offset_ ? ", after " + std::to_string(*last_offset_) : ""));
}

void FrameExchange::refused(const wire::Frame& frame) {
    const std::string_view text = as_text(frame.payload);
    const auto says = [&](std::string_view reason) {
        return text.starts_with(R"({"reason":")" + std::string{reason} + '"');
    };
    std::uint64_t& count = says("server_busy")     ? slice_->replies.server_busy
                           : says("shutting_down") ? slice_->replies.shutting_down
                                                   : slice_->replies.errors;
    if (&count == &slice_->replies.errors) complain("refused: " + shown(text));
    ++count;
    in_flight_.answered(1, now_, *slice_);
}

void FrameExchange::settle() {
    slice_->replies.accepted += acks_;
    in_flight_.answered(acks_, now_, *slice_);
    acks_ = 0;
}

void FrameExchange::on_other(std::string_view what) {
    settle();
    ++slice_->unexpected;
    complain("a message that is no frames: " + shown(what));
}

void FrameExchange::complain(const std::string& what) {
    if (slice_->complaint.empty()) slice_->complaint = what;
}

void FrameExchange::finish(Slice& slice) {
    slice.missing += in_flight_.size();
    in_flight_.lose(in_flight_.size());
}

std::string FrameExchange::goodbye() {
    if (unfinished() || socket_.closed_by_server()) return {};
    socket_.close();
    return std::string{socket_.unsent()};
}

}  // namespace station::hammer
