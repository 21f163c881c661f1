// The exercise `dedup`, the piece alone: what post_once() makes of a message that comes again, and of one that another
// posts at the same moment. What the others do, they do at the begin of an append: behind the look, and before the room
// decides.
#include <loadgen/piece/piece.hpp>
#include <loadgen/piece/room_in_memory.hpp>

using namespace station;
using piece::id_of;
using piece::Posting;
using piece::Room;

namespace {

using Answer = chat::Answer<chat::Post::Written>;

const chat::Id kKey = id_of(7);

// "message 1", "message 1, a duplicate", "403 not_a_member"
std::string told(const std::optional<Answer>& answer) {
    if (!answer) return "no answer";
    if (!*answer) return std::to_string(answer->error().status()) + " " + answer->error().reason;
    const chat::Post::Written& written = **answer;
    if (written.id != id_of(1000 + written.sequence)) return "an id that is not its sequence's";
    return "message " + std::to_string(written.sequence) + (written.duplicate ? ", a duplicate" : "");
}

// "ann: hello; ben: hi", and who was told of what
std::string content_of(const Room& room) {
    std::string text;
    for (const Room::Message& message : room.messages()) {
        text += (text.empty() ? "" : "; ") + message.by + ": " + message.content;
    }
    return text;
}
std::string told_of(const Room& room) {
    std::string text;
    for (const std::uint64_t sequence : room.told()) text += (text.empty() ? "" : " ") + std::to_string(sequence);
    return text;
}

// A message that is disturbed.
class Disturbed final : public Posting {
  public:
    using Posting::Posting;
    void append(std::optional<First> first, std::optional<chat::Id> key, Done then) override {
        if (between) std::exchange(between, {})();
        Posting::append(first, key, std::move(then));
    }
    std::function<void()> between;  // at the begin of the append
};

// Nobody but post_once() keeps what is posted. The answer comes at once, or stays what it is.
void post(const std::shared_ptr<Posting>& posting, std::optional<Answer>& answer) {
    chat::post_once(posting, [&answer](Answer came) {
        if (answer) piece::fail("post_once()", "one answer", "a second one: " + told(came));
        answer.emplace(std::move(came));
    });
}
std::string post(Room& room, Room::Draft draft, const chat::Id& key = kKey) {
    std::optional<Answer> answer;
    post(std::make_shared<Posting>(room, std::move(draft), key), answer);
    return told(answer);
}

}  // namespace

PIECE_CASE("a-new-one-is-posted-and-told", "A message is posted once, and told once") {
    Room room;
    EXPECT(post(room, {"ann", "hello"}), "message 0");
    EXPECT(post(room, {"ben", "hello"}, id_of(8)), "message 1");
    EXPECT(content_of(room), "ann: hello; ben: hello");
    EXPECT(told_of(room), "0 1");
}

PIECE_CASE("the-same-id-is-the-same-message",
           "The same id again is the first message, whatever it says, and nobody is told twice") {
    Room room;
    EXPECT(post(room, {"ann", "hello"}), "message 0");
    EXPECT(post(room, {"ann", "hello"}, kKey), "message 0, a duplicate");
    EXPECT(post(room, {"ann", "something else"}), "message 0, a duplicate");
    EXPECT(content_of(room), "ann: hello");
    EXPECT(told_of(room), "0");
}

PIECE_CASE("the-same-words-are-another-message", "Who says the same again, with another id, says it twice") {
    Room room;
    EXPECT(post(room, {"ann", "yes"}), "message 0");
    EXPECT(post(room, {"ann", "yes"}, id_of(8)), "message 1");
    EXPECT(post(room, {"ben", "yes"}, id_of(9)), "message 2");
    EXPECT(told_of(room), "0 1 2");
}

PIECE_CASE("another-comes-between", "Where two look at once and both find nothing, one of them posts") {
    Room room;
    std::optional<Answer> answer;
    const auto late = std::make_shared<Disturbed>(room, Room::Draft{"ann", "from the second tab"}, kKey);
    late->between = [&] { EXPECT(post(room, {"ann", "from the first tab"}), "message 0"); };
    post(late, answer);
    EXPECT(content_of(room), "ann: from the first tab");
    EXPECT(told(answer), "message 0, a duplicate");
    EXPECT(told_of(room), "0");
}

PIECE_CASE("it-was-there-before-the-start", "What was posted before the server was started again is known") {
    Room room;
    room.append({"ann", "yesterday"}, std::nullopt, kKey, [](const Answer&) {});
    EXPECT(post(room, {"ann", "yesterday"}), "message 0, a duplicate");
    EXPECT(content_of(room), "ann: yesterday");
    EXPECT(told_of(room), "");
}

PIECE_CASE("another-members-id-is-taken", "Another member's id is refused, and says nothing of the message") {
    Room room;
    EXPECT(post(room, {"ann", "hello"}), "message 0");
    EXPECT(post(room, {"ben", "hello"}), "409 client_message_id_taken");
    EXPECT(content_of(room), "ann: hello");
    EXPECT(told_of(room), "0");
}

PIECE_CASE("another-member-comes-between", "Another member's id is refused also where it came at the same moment") {
    Room room;
    std::optional<Answer> answer;
    const auto late = std::make_shared<Disturbed>(room, Room::Draft{"ben", "hi"}, kKey);
    late->between = [&] { EXPECT(post(room, {"ann", "hello"}), "message 0"); };
    post(late, answer);
    EXPECT(told(answer), "409 client_message_id_taken");
    EXPECT(content_of(room), "ann: hello");
    EXPECT(told_of(room), "0");
}

PIECE_CASE("who-has-left-is-told-that-first", "Who is not in the room any more is told that, and not of the message") {
    Room room;
    EXPECT(post(room, {"ann", "hello"}), "message 0");
    room.members.erase("ann");
    EXPECT(post(room, {"ann", "hello"}), "403 not_a_member");
    EXPECT(post(room, {"eva", "hello"}), "403 not_a_member");
    EXPECT(post(room, {"eva", ""}, id_of(8)), "403 not_a_member");
}

PIECE_CASE("a-deleted-one-stays-deleted", "A message that was deleted is not posted again") {
    Room room;
    EXPECT(post(room, {"ann", "hello"}), "message 0");
    room.remove(0);
    EXPECT(post(room, {"ann", "hello"}), "410 message_deleted");
    EXPECT(post(room, {"ben", "hello"}), "409 client_message_id_taken");
    EXPECT(content_of(room), "ann: hello");
    EXPECT(told_of(room), "0");
}

PIECE_CASE("what-is-there-comes-before-what-is-wrong", "Only a message that is not there yet can be wrong") {
    Room room;
    EXPECT(post(room, {"ann", "hello"}), "message 0");
    EXPECT(post(room, {"ann", ""}), "message 0, a duplicate");
    EXPECT(post(room, {"ben", ""}), "409 client_message_id_taken");
    EXPECT(post(room, {"ann", ""}, id_of(8)), "422 invalid_content");
    EXPECT(post(room, {"ann", "hello", false}, id_of(8)), "422 invalid_client_message_id");
    EXPECT(post(room, {"ann", "better"}, id_of(8)), "message 1");
    EXPECT(told_of(room), "0 1");
}

PIECE_CASE("answers-come-later", "Where the room answers later, everybody is answered then, once") {
    Room room;
    room.is_slow = true;
    std::array<std::optional<Answer>, 3> answers;
    post(std::make_shared<Posting>(room, Room::Draft{"ann", "one"}, kKey), answers[0]);
    post(std::make_shared<Posting>(room, Room::Draft{"ann", "two"}, kKey), answers[1]);
    post(std::make_shared<Posting>(room, Room::Draft{"ben", "three"}, kKey), answers[2]);
    for (const auto& answer : answers) EXPECT(told(answer), "no answer");
    EXPECT(room.told().size(), 0U);
    room.settle();
    EXPECT(told(answers[0]), "message 0");
    EXPECT(told(answers[1]), "message 0, a duplicate");
    EXPECT(told(answers[2]), "409 client_message_id_taken");
    EXPECT(content_of(room), "ann: one");
    EXPECT(room.told().size(), 1U);
}

PIECE_CASE("what-could-not-be-stored-is-not-there",
           "What the log refuses is refused, told nobody, and may come again") {
    Room room;
    room.is_slow = true;
    room.fails = true;
    std::array<std::optional<Answer>, 2> answers;
    for (auto& answer : answers) post(std::make_shared<Posting>(room, Room::Draft{"ann", "hello"}, kKey), answer);
    room.settle();
    for (const auto& answer : answers) EXPECT(told(answer), "503 storage_error");
    EXPECT(room.told().size(), 0U);
    room.is_slow = false;
    EXPECT(post(room, {"ann", "hello"}), "message 0");
    EXPECT(room.told().size(), 1U);
}
