#include <loadgen/hammer/talk/poster.hpp>

#include <sys/prctl.h>
#include <algorithm>
#include <loadgen/hammer/text.hpp>
#include <nlohmann/json.hpp>

namespace station::hammer::talk {
namespace {

constexpr std::chrono::milliseconds kAskAgain{50};

std::uint64_t sequence_in(const nlohmann::json& json) {
    const auto found = json.is_object() ? json.find("sequence") : json.end();
    return json.is_object() && found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

}  // namespace

Poster::Poster(Stage& stage, std::size_t which)
    : stage_(stage),
      which_(which),
      account_(stage.cast.accounts[which]),
      client_(stage.server, stage.addresses, std::chrono::ceil<std::chrono::milliseconds>(stage.plan.patience)),
      random_(stage.plan.seed + which) {}

void Poster::run() {
    if (stage_.plan.rate > 0) ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    stage_.done(Act::gathering);
    stage_.wait_in(Act::gathering, Stage::Clock::time_point::max());
    stage_.plan.rate > 0 ? post_in_turn() : post_one_after_the_other();
    stage_.wait_in(Act::talking, Stage::Clock::time_point::max());
    stage_.done(Act::answering);
}

void Poster::post_one_after_the_other() {
    while (stage_.act() == Act::talking) post(Stage::Clock::now().time_since_epoch());
}

// What was due up to the end is said, however late.
void Poster::post_in_turn() {
    const double every = 1e9 / stage_.plan.rate;
    for (std::size_t turn = which_; stage_.act() < Act::settling; turn += stage_.plan.posters) {
        const Nanoseconds after{static_cast<Nanoseconds::rep>(static_cast<double>(turn) * every)};
        if (after >= stage_.plan.duration) return;
        const Stage::Clock::time_point due{stage_.began() + after};
        stage_.wait_in(Act::talking, due);
        if (Stage::Clock::now() < due) return;
        post(due.time_since_epoch());
    }
}

// Where there is no answer it is sent again, up to the end: whether it was taken nobody knows.
void Poster::post(Nanoseconds due) {
    const std::uint32_t room = account_.rooms[random_() % account_.rooms.size()];
    const std::uint32_t number = stage_.next_number();
    ++tally_.said;
    const std::string target = "/chat/api/rooms/" + stage_.cast.rooms[room] + "/messages";
    for (bool again = false;; again = true) {
        const std::string body = R"({"content":")" + stage_.script.text_of(number, again ? Nanoseconds{0} : due) +
                                 R"(","client_message_id":")" + stage_.script.id_of(number) + "\"}";
        const auto answer = client_.ask("POST", target, account_.cookie, body);
        if (answer) {
            const Nanoseconds took = Nanoseconds{Stage::Clock::now().time_since_epoch()} - due;
            if (take(*answer, room, number) && !again) tally_.ack.record(static_cast<std::uint64_t>(took.count()));
            return;
        }
        tally_.note(answer.error());
        if (stage_.act() >= Act::settling) break;
        ++tally_.sent_again;
        stage_.wait_in(stage_.act(), Stage::Clock::now() + kAskAgain);
    }
    ++tally_.unanswered;
}

// Whether it is acknowledged.
bool Poster::take(const WebAnswer& answer, std::uint32_t room, std::uint32_t number) {
    const std::uint64_t sequence = sequence_in(nlohmann::json::parse(answer.body, nullptr, false));
    if ((answer.status != 201 && answer.status != 200) || sequence == 0) {
        ++tally_.refused;
        tally_.note("a message was answered with " + std::to_string(answer.status) + ' ' + shown(answer.body));
        return false;
    }
    if (answer.status == 200) ++tally_.duplicates;
    tally_.acknowledged.push_back({room, {sequence, number}});
    stage_.acknowledge(room);
    return true;
}

}  // namespace station::hammer::talk
