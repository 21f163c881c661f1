// One member with a WebSocket: says things, waits for their acknowledgements, sees what others say, goes away and comes
// back by the last message it saw in each room. Its socket's I/O is its crew's, and so is its thread.
#pragma once

#include <cstdint>
#include <loadgen/hammer/socket.hpp>
#include <loadgen/hammer/talk/chat_socket.hpp>
#include <loadgen/hammer/talk/stage.hpp>
#include <loadgen/hammer/talk/tally.hpp>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace station::hammer::talk {

// A member's place in a room.
struct Seat {
    std::uint32_t room = 0;
    RoomLog log;
    std::string last_seen;     // message id
    bool announced = true;     // what was missed has been announced since the last hello
    std::uint64_t missed = 0;  // so many of it are still to come
};

class Member final : public ChatSocket::Texts {
  public:
    enum class State : std::uint8_t { away, connecting, greeting, here };

    Member(Stage& stage, Tally& tally, std::size_t number);

    // A new connection, which belongs to the socket from now on.
    void connected(std::uint32_t seed);
    // It is gone: `on_purpose` is the plan's doing, else the server's.
    void lost(bool on_purpose);
    void received(std::string_view bytes, Nanoseconds now);

    // One more message in that room; kept and sent again until it is answered.
    void say(std::size_t seat, Nanoseconds due);
    void type(std::size_t seat);
    void ping();

    bool waits_for_answers() const { return !unanswered_.empty(); }
    bool caught_up() const;
    // Everything that was acknowledged in its rooms.
    bool has_all() const;
    bool is_writer() const { return writer_; }
    bool may_leave() const;  // who has seen nothing yet couldn't say where to go on

    std::size_t number() const { return number_; }
    const std::vector<Seat>& seats() const { return seats_; }
    std::size_t unanswered() const { return unanswered_.size(); }
    std::uint64_t answers() const { return answers_; }  // acknowledgements and refusals so far
    std::uint64_t pongs() const { return pongs_; }
    const std::string& problem() const { return protocol_->problem(); }

    State state = State::away;
    Nanoseconds returns_at{0};  // of who is away
    bool wants_room = false;    // the poller is asked when its socket takes more
    Socket socket;
    ChatSocket* protocol() { return protocol_ ? &*protocol_ : nullptr; }

  private:
    struct Waiting {
        std::uint32_t room = 0;
        Nanoseconds since{0};
        bool again = false;  // sent again: how long it took says nothing about the chat
    };

    void on_text(std::string_view text) override;
    void take(std::string_view type, const nlohmann::json& json);
    void take_welcome();
    void take_missed(const nlohmann::json& json);
    void take_message(const nlohmann::json& message);
    void take_ack(const nlohmann::json& json);
    void take_error(const nlohmann::json& json);
    void look(Seat& seat, const Said& said, std::string_view content);
    void put_message(std::uint32_t number, const Waiting& waiting);
    Seat* seat_of(std::string_view room_id);
    void wrong(const std::string& what);

    Stage& stage_;
    Tally& tally_;
    std::size_t number_;
    const Account& account_;
    bool writer_ = false;
    std::vector<Seat> seats_;
    std::optional<ChatSocket> protocol_;
    std::map<std::uint32_t, Waiting> unanswered_;  // by number: in the order of saying
    Nanoseconds now_{0};
    Nanoseconds hello_at_{0};
    bool came_back_ = false;  // and is catching up
    std::uint64_t answers_ = 0;
    std::uint64_t pongs_ = 0;
};

}  // namespace station::hammer::talk
