#include <loadgen/hammer/talk/member.hpp>

#include <algorithm>
#include <loadgen/hammer/payloads.hpp>
#include <loadgen/hammer/text.hpp>
#include <nlohmann/json.hpp>

namespace station::hammer::talk {
namespace {

using Json = nlohmann::json;

Nanoseconds clock_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

// What the server said need not be what it should be.
std::string_view text_at(const Json& json, const char* name) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_string()) return {};
    return found->get_ref<const std::string&>();
}

std::uint64_t number_at(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

bool bool_at(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_boolean() && found->get<bool>();
}

// Spread evenly among all.
bool writes(const Plan& plan, std::size_t number) {
    const double share = 1 - plan.readers;
    const auto upto = [&](std::size_t members) {
        return static_cast<std::uint64_t>(static_cast<double>(members) * share);
    };
    return plan.posters == 0 && upto(number + 1) > upto(number);
}

}  // namespace

Member::Member(Stage& stage, Tally& tally, std::size_t number)
    : stage_(stage),
      tally_(tally),
      number_(number),
      account_(stage.cast.accounts[number]),
      writer_(writes(stage.plan, number)) {
    for (const std::uint32_t room : account_.rooms) {
        Seat seat;
        seat.room = room;
        seats_.push_back(std::move(seat));
    }
}

void Member::connected(std::uint32_t seed) {
    protocol_.emplace(stage_.server, account_.cookie, seed);
    state = State::greeting;
}

void Member::lost(bool on_purpose) {
    if (state == State::here) stage_.gather(-1);
    ++(on_purpose ? tally_.reconnects : tally_.cut_by_server);
    socket.close();
    protocol_.reset();
    state = State::away;
    came_back_ = true;
    for (Seat& seat : seats_) seat.missed = 0;
}

bool Member::caught_up() const {
    const auto is_done = [](const Seat& seat) { return seat.announced && seat.missed == 0; };
    return state == State::here && std::ranges::all_of(seats_, is_done);
}

bool Member::has_all() const {
    const auto is_whole = [&](const Seat& seat) { return seat.log.own() >= stage_.acknowledged(seat.room); };
    return caught_up() && std::ranges::all_of(seats_, is_whole);
}

bool Member::may_leave() const {
    return std::ranges::none_of(seats_, [](const Seat& seat) { return seat.last_seen.empty(); });
}

void Member::received(std::string_view bytes, Nanoseconds now) {
    now_ = now;
    protocol_->received(bytes, *this);
}

void Member::say(std::size_t seat, Nanoseconds due) {
    const std::uint32_t number = stage_.next_number();
    ++tally_.said;
    const auto& [_, waiting] = *unanswered_.emplace(number, Waiting{seats_[seat].room, due, false}).first;
    if (state == State::here) put_message(number, waiting);
}

void Member::put_message(std::uint32_t number, const Waiting& waiting) {
    const Nanoseconds stamp = waiting.again ? Nanoseconds{0} : waiting.since;
    protocol_->put(R"({"type":"message","room":")" + stage_.cast.rooms[waiting.room] + R"(","content":")" +
                   stage_.script.text_of(number, stamp) + R"(","client_message_id":")" + stage_.script.id_of(number) +
                   "\"}");
}

void Member::type(std::size_t seat) {
    protocol_->put(R"({"type":"typing_start","room":")" + stage_.cast.rooms[seats_[seat].room] + "\"}");
}

void Member::ping() { protocol_->put(R"({"type":"ping"})"); }

Seat* Member::seat_of(std::string_view room_id) {
    const auto found =
        std::ranges::find_if(seats_, [&](const Seat& seat) { return stage_.cast.rooms[seat.room] == room_id; });
    return found == seats_.end() ? nullptr : &*found;
}

void Member::wrong(const std::string& what) {
    ++tally_.unexpected;
    tally_.note(account_.login + ": " + what);
}

void Member::on_text(std::string_view text) {
    // Long, many, and of no interest here: not worth reading.
    if (text.starts_with(R"({"type":"presence")")) return;
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return wrong("what came is no object: " + shown(text));
    take(text_at(json, "type"), json);
}

void Member::take(std::string_view type, const Json& json) {
    if (type == "message") {
        const auto message = json.find("message");
        if (message == json.end() || !message->is_object()) return wrong("a message without one");
        take_message(*message);
    } else if (type == "ack") {
        take_ack(json);
    } else if (type == "missed") {
        take_missed(json);
    } else if (type == "welcome") {
        take_welcome();
    } else if (type == "error") {
        take_error(json);
    } else if (type == "pong") {
        ++pongs_;
    } else if (type == "typing") {
        ++tally_.typing_heard;
    } else if (type != "presence" && type != "unread" && type != "room" && type != "updated") {
        wrong("it was told " + shown(type));
    }
}

void Member::take_welcome() {
    if (state == State::here) return wrong("it was welcomed twice");
    state = State::here;
    stage_.gather(1);
    std::string hello = R"({"type":"hello","rooms":{)";
    for (Seat& seat : seats_) {
        seat.announced = false;
        seat.missed = 0;
        if (!hello.ends_with('{')) hello += ',';
        hello += '"' + stage_.cast.rooms[seat.room] + "\":";
        hello += seat.last_seen.empty() ? "null" : '"' + seat.last_seen + '"';
    }
    protocol_->put(hello + "}}");
    hello_at_ = clock_now();
    // Whether these were taken before the connection was lost nobody knows.
    for (auto& [number, waiting] : unanswered_) {
        waiting.again = came_back_;
        if (came_back_) ++tally_.sent_again;
        put_message(number, waiting);
    }
}

void Member::take_missed(const Json& json) {
    Seat* const seat = seat_of(text_at(json, "room"));
    if (seat == nullptr || seat->announced) return wrong("it was told what it missed of a room it did not ask for");
    seat->announced = true;
    seat->missed = number_at(json, "count");
    if (!bool_at(json, "complete")) {
        ++tally_.incomplete;
        seat->log.leave_out();
    }
    if (came_back_ && caught_up()) {
        tally_.caught_up.record(static_cast<std::uint64_t>((now_ - hello_at_).count()));
        came_back_ = false;
    }
}

void Member::take_message(const Json& message) {
    Seat* const seat = seat_of(text_at(message, "room"));
    if (seat == nullptr) return wrong("a message of a room it is not in");
    if (!seat->announced) return wrong("a message before what was missed was announced");
    const Said said{number_at(message, "sequence"), stage_.script.number_of(text_at(message, "client_message_id"))};
    seat->last_seen = text_at(message, "id");
    if (said.number == kStranger) {
        if (seat->log.take(said) != RoomLog::Verdict::right) ++tally_.out_of_order;
    } else {
        look(*seat, said, text_at(message, "content"));
    }
    if (seat->missed == 0) return;
    --seat->missed;
    if (came_back_ && caught_up()) {
        tally_.caught_up.record(static_cast<std::uint64_t>((now_ - hello_at_).count()));
        came_back_ = false;
    }
}

void Member::look(Seat& seat, const Said& said, std::string_view content) {
    ++tally_.delivered;
    switch (seat.log.take(said)) {
        case RoomLog::Verdict::right: break;
        case RoomLog::Verdict::doubled:
            ++tally_.doubled;
            tally_.note(account_.login + " saw message " + std::to_string(said.sequence) + " twice");
            break;
        case RoomLog::Verdict::out_of_order:
            ++tally_.out_of_order;
            tally_.note(account_.login + " saw message " + std::to_string(said.sequence) + " after a later one");
            break;
    }
    if (!stage_.script.is_text_of(said.number, content)) {
        ++tally_.altered;
        tally_.note(account_.login + " saw another text than was said: " + shown(content));
        return;
    }
    const auto stamp = stamp_of(content);
    if (seat.missed == 0 && stamp && stamp->count() > 0 && now_ >= *stamp) {
        tally_.seen.record(static_cast<std::uint64_t>((now_ - *stamp).count()));
    }
}

void Member::take_ack(const Json& json) {
    const std::uint32_t number = stage_.script.number_of(text_at(json, "client_message_id"));
    const auto found = unanswered_.find(number);
    if (found == unanswered_.end()) return wrong("an acknowledgement that it does not wait for");
    const auto message = json.find("message");
    const std::uint64_t sequence = message != json.end() && message->is_object() ? number_at(*message, "sequence") : 0;
    if (bool_at(json, "duplicate")) ++tally_.duplicates;
    const Nanoseconds took = std::max(now_ - found->second.since, Nanoseconds{0});
    if (!found->second.again) tally_.ack.record(static_cast<std::uint64_t>(took.count()));
    tally_.acknowledged.push_back({found->second.room, {sequence, number}});
    stage_.acknowledge(found->second.room);
    unanswered_.erase(found);
    ++answers_;
}

void Member::take_error(const Json& json) {
    const auto found = unanswered_.find(stage_.script.number_of(text_at(json, "client_message_id")));
    const std::string reason{text_at(json, "reason")};
    if (found == unanswered_.end()) return wrong("an error: " + shown(reason));
    ++tally_.refused;
    tally_.note("a message was refused: " + shown(reason));
    unanswered_.erase(found);
    ++answers_;
}

}  // namespace station::hammer::talk
