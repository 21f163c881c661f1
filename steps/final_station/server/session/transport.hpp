// The bytes of one connection, both ways. It reads only while its user wants more, so that a client who asks faster
// than it can be answered is stopped by its own system; it sends what its user has to say as fast as the client reads,
// and keeps no more than one portion of it; and it takes turns: when one is over the others come first, and who has had
// its share of late waits for the next (turn.hpp).
//
//   open        reads and sends
//   deaf        reads no more; sends
//   lingering   FIN is sent; waits a moment for the client's, since a socket that is closed with unread input is reset,
//               and a reset can overtake the last answer (RFC 9112, 9.6)
//   closed
//
// The states and who may do what in them are those of muduo's TcpConnection. Stream is a socket of Asio's, or what a
// test gives for one. Belongs to its I/O thread; from start() to close() it keeps its user alive.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <station/base/assertion.hpp>
#include <station/net/asio.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/turn_queue.hpp"

namespace station::final_station {

// Who owns a transport.
class TransportUser {
  public:
    // Takes in a beginning of `bytes`, and returns how much of it; the rest comes again.
    virtual std::size_t take_in(std::string_view bytes) = 0;
    virtual bool wants_input() const = 0;
    virtual void input_ended() = 0;
    // Appends what is to be said next, about Transport::kPortion, or nothing where there is nothing now, and returns
    // all of `out`; or, where that is empty, what somebody else keeps until the next call of anything.
    virtual std::string_view put_output(std::string& out) = 0;
    // After each turn in which nothing is left to be sent.
    virtual void all_sent() = 0;
    virtual void out_of_memory() noexcept = 0;
    virtual void closed() noexcept = 0;  // the last call

  protected:
    ~TransportUser() = default;
};

// What the connections of one thread share.
struct TransportContext {
    asio::io_context& io;
    TurnQueue turns;
    std::vector<char> input;  // what is read is used up before the next one reads
    std::string output;       // what is being sent

    explicit TransportContext(asio::io_context& its_io) : io(its_io), turns(its_io), input(std::size_t{256} << 10) {}
};

template <typename Stream>
class BasicTransport : private TurnQueue::Item {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t kPortion = std::size_t{256} << 10;  // bytes in one send
    static constexpr std::size_t kSlice = std::size_t{16} << 10;     // bytes taken in before the answers are looked at

    BasicTransport(TransportContext& context, Stream stream)
        : context_(context), stream_(std::move(stream)), last_read_(Clock::now()), last_sent_(last_read_) {}
    BasicTransport(const BasicTransport&) = delete;
    BasicTransport& operator=(const BasicTransport&) = delete;

    // Begins to read; `first` came before.
    void start(std::shared_ptr<TransportUser> user, std::string_view first) {
        user_ = std::move(user);
        step([&] {
            take_in(first);
            run();
        });
    }
    // Its user has something to say, or wants input again.
    void resume() {
        if (state_ == State::closed || running_) return;
        if (in_step_) return run();
        in_turn([this] { run(); });
    }
    void stop_reading() {
        if (state_ == State::open) state_ = State::deaf;
    }
    void read_again() {
        if (state_ != State::deaf) return;
        state_ = State::open;
        left_over_ = {};  // came after the end
    }
    // All is said.
    void finish() {
        if (state_ == State::lingering || state_ == State::closed) return;
        state_ = State::lingering;
        left_over_ = {};
        std::error_code error;
        stream_.shutdown(Stream::shutdown_send, error);
        wait_to_read();
    }
    // What can be said at once, without memory, before a close().
    void last_words(std::string_view words) noexcept {
        if (state_ == State::closed || sending_ || !unsent_.empty()) return;
        std::error_code error;
        stream_.write_some(asio::buffer(words), error);
    }
    void close() noexcept {
        if (std::exchange(state_, State::closed) == State::closed) return;
        std::error_code error;
        stream_.close(error);
        if (const auto user = std::exchange(user_, nullptr)) user->closed();
    }

    bool is_closed() const { return state_ == State::closed; }
    bool is_lingering() const { return state_ == State::lingering; }
    bool is_reading() const { return reading_ && left_over_.empty(); }
    bool is_blocked() const { return sending_; }  // by a client that does not read
    std::size_t unsent() const { return unsent_.size() - unsent_at_; }
    std::size_t kept() const { return unsent_.capacity() + left_over_.capacity(); }
    std::uint64_t bytes_read() const { return bytes_read_; }
    std::uint64_t bytes_sent() const { return bytes_sent_; }
    Clock::time_point last_read() const { return last_read_; }
    Clock::time_point last_sent() const { return last_sent_; }
    const Turn& turn() const { return turn_; }
    void spend(std::size_t bytes) { turn_.spend(bytes); }
    Stream& stream() { return stream_; }

    // Memory that a burst took and nobody needs now.
    void shrink() {
        if (unsent_.empty() && unsent_.capacity() > 64) unsent_.shrink_to_fit();
    }

  private:
    enum class State { open, deaf, lingering, closed };

    template <typename Step>
    void step(Step&& step, bool unasked = true) {
        const auto user = user_;
        unasked ? turn_.begin_unasked() : turn_.begin();
        in_step_ = true;
        try {
            step();
        } catch (const std::bad_alloc&) {
            running_ = false;
            if (user) user->out_of_memory();
        }
        in_step_ = false;
        turn_.end();
    }
    // At once, or when it is its turn: turn_came() finds out what there is to do.
    template <typename Step>
    void in_turn(Step&& step) {
        if (waits_ || turn_.has_had_its_share(Clock::now())) return wait_for_turn();
        this->step(step);
    }
    void wait_for_turn() {
        if (waits_) return;
        context_.turns.push(*this);
        waits_ = user_;
    }
    void turn_came() override {
        const auto user = std::exchange(waits_, nullptr);
        if (state_ == State::closed) return;
        step(
            [this] {
                if (arrived_) return read_arrived();
                if (reading_ && !left_over_.empty()) return take_in_left_over();
                run();
            },
            false);
    }

    void wait_to_read() {
        if (reading_ || state_ == State::deaf || state_ == State::closed) return;
        if (state_ == State::open && !user_->wants_input()) return;
        if (!left_over_.empty()) {
            reading_ = true;
            return wait_for_turn();
        }
        // Reads a little where a wait would only say that there is something: most requests need no second system call,
        // and Asio none to wait again. What does not fit goes straight into the thread's buffer.
        reading_ = true;
        stream_.async_read_some(asio::buffer(first_bytes_),
                                [this, user = user_](std::error_code error, std::size_t bytes) {
                                    if (state_ == State::closed) return;
                                    arrived_.emplace(error, bytes);
                                    in_turn([this] { read_arrived(); });
                                });
    }

    void read_arrived() {
        const auto [error, bytes] = *std::exchange(arrived_, std::nullopt);
        read(error, bytes);
    }

    void read(std::error_code error, std::size_t bytes) {
        reading_ = false;
        if (error) {
            if (error != asio::error::eof || state_ == State::lingering) return close();
            if (state_ == State::open) state_ = State::deaf;
            user_->input_ended();
            return run();
        }
        std::string_view input{first_bytes_.data(), bytes};
        if (bytes == first_bytes_.size()) {
            std::memcpy(context_.input.data(), first_bytes_.data(), bytes);
            bytes += stream_.read_some(asio::buffer(context_.input) + bytes, error);
            input = {context_.input.data(), bytes};
        }
        if (state_ == State::deaf) return run();  // what comes after the end is not for us
        bytes_read_ += bytes;
        last_read_ = Clock::now();
        if (state_ == State::open) take_in(input);
        run();
    }

    void take_in_left_over() {
        reading_ = false;
        const std::string input = std::exchange(left_over_, {});
        if (state_ == State::open) take_in(input);
        if (state_ != State::closed) run();
    }

    // A few bytes can ask for much, and a read holds many of them: what is too much for now waits as it came.
    void take_in(std::string_view input) {
        while (!input.empty() && state_ == State::open && user_->wants_input() && !turn_.over()) {
            const std::size_t used = user_->take_in(input.substr(0, kSlice));
            STATION_ASSERT(used <= std::min(input.size(), kSlice));
            input.remove_prefix(used);
            if (used == 0) break;
        }
        if (state_ == State::open) left_over_.assign(input);
    }

    // Sends what there is, for a turn at most, and sees that there will be another one.
    void run() {
        if (state_ == State::closed || sending_ || std::exchange(running_, true)) return;
        while (send_some()) {
            if (!turn_.over()) continue;
            running_ = false;
            return wait_for_turn();
        }
        running_ = false;
        if (state_ == State::closed) return;
        if (!sending_ && state_ != State::lingering) user_->all_sent();
        if (state_ != State::closed) wait_to_read();
    }

    // False where nothing is left to send, or nothing can be sent now.
    bool send_some() {
        if (state_ == State::lingering) return false;
        std::string& shared = context_.output;
        shared.clear();
        std::string& out = unsent_.empty() ? shared : unsent_;
        std::string_view left = out;
        if (out.size() - unsent_at_ < kPortion) left = user_->put_output(out);
        if (state_ == State::closed) return false;
        left.remove_prefix(unsent_at_);
        if (left.empty()) return false;
        const bool is_ours = &out == &unsent_;
        std::error_code error;
        const std::size_t sent = stream_.write_some(asio::buffer(left), error);
        bytes_sent_ += sent;
        turn_.spend(sent);
        left.remove_prefix(sent);
        if (sent > 0) last_sent_ = Clock::now();
        if (error && error != asio::error::would_block) {
            close();
            return false;
        }
        if (left.empty()) {
            unsent_.clear();
            unsent_at_ = 0;
            return true;
        }
        keep_unsent(left, is_ours, sent);
        wait_to_send();
        return false;
    }

    void keep_unsent(std::string_view left, bool is_ours, std::size_t sent) {
        if (!is_ours) {
            unsent_.assign(left);
            return;
        }
        unsent_at_ += sent;
        if (unsent_at_ >= kPortion) unsent_.erase(0, std::exchange(unsent_at_, 0));
    }

    void wait_to_send() {
        sending_ = true;
        stream_.async_wait(Stream::wait_write, [this, user = user_](std::error_code error) {
            sending_ = false;
            if (!error && state_ != State::closed) in_turn([this] { run(); });
        });
    }

    TransportContext& context_;
    Stream stream_;
    std::shared_ptr<TransportUser> user_;
    State state_ = State::open;
    Turn turn_;
    std::string left_over_;  // read, and too much to take in for now
    std::string unsent_;
    std::size_t unsent_at_ = 0;
    std::uint64_t bytes_read_ = 0;
    std::uint64_t bytes_sent_ = 0;
    Clock::time_point last_read_;
    Clock::time_point last_sent_;
    std::array<char, 256> first_bytes_;
    std::optional<std::pair<std::error_code, std::size_t>> arrived_;  // read, and not looked at before its turn
    std::shared_ptr<TransportUser> waits_;                            // for its turn
    bool in_step_ = false;
    bool reading_ = false;
    bool sending_ = false;
    bool running_ = false;
};

using Transport = BasicTransport<net::Socket>;

}  // namespace station::final_station
