// What a client's requests make a session do.
#include <new>
#include <utility>

#include "frames.hpp"
#include "hub.hpp"
#include "live_session.hpp"

namespace station::chat {
namespace {

constexpr unsigned kReadAtOnce = 2;  // rooms of one session
constexpr std::int64_t kRenewEvery = 3600 * kSecond;

}  // namespace

// Reads what a client has missed of a room, on a thread that may wait for a disk.
class LiveSession::RoomRead final : public final_station::ReaderPool::Work {
  public:
    RoomRead(std::shared_ptr<LiveSession> its, const Id& its_room, const Followed& followed)
        : session(std::move(its)),
          room(its_room),
          generation(followed.generation),
          begins(followed.cursor.begins()),
          seen(followed.cursor.seen()),
          from(followed.cursor.position()) {}

    // What the client was acknowledged is there before it is asked for.
    static void start(std::unique_ptr<RoomRead> read) {
        final_station::IoThread& thread = read->session->thread_;
        const auto submit = [its = read.get(), &thread](bool is_current) {
            its->failed = !is_current;
            thread.station.readers.submit(*its, thread.mailbox);
        };
        read->begins ? read->session->hub_.chat().when_current(submit) : submit(true);
        (void)read.release();  // to arrived(), on this thread
    }

    const std::shared_ptr<LiveSession> session;
    const Id room;
    const std::uint64_t generation;
    const bool begins;
    const std::optional<Id> seen;
    const std::uint64_t from;
    Outbox frames;
    bool failed = false;
    bool complete = true;
    std::uint64_t position = 0;

  private:
    void wait_for_disk() noexcept override try {
        if (failed) return;
        const Projection& projection = session->hub_.chat().projection();
        const auto missed = begins ? projection.missed(room, seen) : projection.since(room, from);
        failed = !missed;
        if (failed) return;
        complete = missed->complete;
        position = missed->position;
        frames = missed_frames(room, *missed, begins);
    } catch (const std::bad_alloc&) {
        failed = true;
    }
    void arrived() override {
        const std::unique_ptr<RoomRead> self{this};
        session->was_read(*this);
    }
};

// A message on its way into the ledger, or back from there.
class LiveSession::Posting final : public final_station::ReaderPool::Work {
  public:
    Posting(std::shared_ptr<LiveSession> its, std::string named)
        : session(std::move(its)), client_message_id(std::move(named)) {}

    void came(Answer<Messages::Posted> answer) {
        posted = std::move(answer);
        final_station::IoThread& thread = session->thread_;
        if (!posted || !posted->duplicate) return thread.mailbox.push(*this);
        // What it is now.
        const auto ready = [this, &thread](bool is_current) {
            is_current_ = is_current;
            thread.station.readers.submit(*this, thread.mailbox);
        };
        session->hub_.chat().when_current(ready, posted->sequence + 1);
    }

    const std::shared_ptr<LiveSession> session;
    const std::string client_message_id;
    Answer<Messages::Posted> posted;
    std::string json;  // of a duplicate
    bool no_memory = false;

  private:
    void wait_for_disk() noexcept override try {
        const auto found = session->hub_.chat().projection().message(posted->id);
        if (!is_current_ || !found) {
            posted = refused("storage_error");
        } else if (!*found) {
            posted = refused("message_deleted");
        } else {
            json = to_json(**found);
        }
    } catch (const std::bad_alloc&) {
        no_memory = true;
    }
    void arrived() override {
        const std::unique_ptr<Posting> self{this};
        session->was_posted(*this);
    }

    bool is_current_ = false;
};

// Where a message lies that a client says to have seen.
class LiveSession::SeenLookup final : public final_station::ReaderPool::Work {
  public:
    SeenLookup(std::shared_ptr<LiveSession> its, const Id& its_room, const Id& its_message)
        : session_(std::move(its)), room_(its_room), message_(its_message) {}

  private:
    void wait_for_disk() noexcept override try {
        place_ = session_->hub_.chat().messages().place(message_);
    } catch (const std::bad_alloc&) {
        place_.reset();
    }
    void arrived() override {
        const std::unique_ptr<SeenLookup> self{this};
        try {
            if (place_ && place_->room == room_) {
                session_->hub_.saw(session_->user(), room_, place_->sequence);
            } else {
                session_->refuse("not_found");
            }
        } catch (const std::bad_alloc&) {
            session_->doom();
        }
        session_->one_less_under_way();
    }

    const std::shared_ptr<LiveSession> session_;
    const Id room_;
    const Id message_;
    std::optional<Messages::Place> place_;
};

void LiveSession::on_text(std::string_view text) {
    ++messages_;
    transport_.spend(text.size());
    const auto request = parse_request(text);
    if (!request) {
        const BadRequest& bad = request.error();
        return refuse(bad.reason, bad.detail, bad.client_message_id);
    }
    if (!std::holds_alternative<Ping>(*request)) renew();
    std::visit([this](const auto& one) { on(one); }, *request);
}

void LiveSession::on_binary(std::span<const std::byte> bytes) {
    ++messages_;
    transport_.spend(bytes.size());
    refuse("invalid_request", "the chat is spoken in texts");
}

void LiveSession::refuse(std::string_view reason, std::string_view detail,
                         const std::optional<std::string>& client_message_id) {
    tell(error_frame(reason, detail, client_message_id));
}

void LiveSession::refuse(std::string_view reason) { tell(error_frame(refusal(reason), std::nullopt)); }

// Who uses a connection uses the session that it came by.
void LiveSession::renew() {
    const std::int64_t now = hub_.chat().now();
    if (now < renew_at_) return;
    renew_at_ = now + kRenewEvery;
    alive_until_ = 0;
    hub_.chat().accounts().use(caller_);
}

bool LiveSession::is_member(const Id& room) const {
    return hub_.chat().book().look([&](const State& state) { return state.membership(room, user()) != nullptr; });
}

void LiveSession::on(const Ping&) { tell(pong_frame()); }

void LiveSession::on(const Hello& hello) {
    for (const Hello::Wish& wish : hello.rooms) {
        const auto room = Id::from_text(wish.room);
        if (room && is_member(*room)) {
            follow(*room, wish.seen);
        } else {
            if (room) forget(*room);
            tell(room_removed_frame(wish.room));
        }
    }
    read_next();
}

void LiveSession::follow(const Id& room, const std::optional<Id>& seen) {
    forget(room);
    Followed& followed = follows_.emplace(room, Followed{Follow{seen}, ++generation_}).first->second;
    live_.follow(*this, room, followed.cursor);
    to_read_.insert(to_read_.begin(), room);
}

void LiveSession::forget(const Id& room) {
    if (!follows_.contains(room)) return;
    live_.unfollow(*this, room);
    follows_.erase(room);
    std::erase(to_read_, room);
}

// A few at once, and none while the client has much to take, or all together keep too much.
void LiveSession::read_next() {
    while (!to_read_.empty() && reading_ < kReadAtOnce && !is_slow() && !station().memory.full()) {
        const Id room = to_read_.back();
        Followed& followed = follows_.at(room);
        RoomRead::start(std::make_unique<RoomRead>(shared_from_this(), room, followed));
        to_read_.pop_back();
        followed.cursor.reading();
        ++reading_;
    }
}

void LiveSession::was_read(RoomRead& read) {
    --reading_;
    if (phase_ != Phase::open) return;
    const auto found = follows_.find(read.room);
    const bool is_asked_for = found != follows_.end() && found->second.generation == read.generation;
    // Who was removed meanwhile, and will learn it, is told nothing of what came since.
    if (is_asked_for && is_member(read.room)) {
        if (read.failed) return let_go(net::CloseCode::try_again_later, "what was said can't be read now");
        if (!read.begins && !read.complete) {
            counted_.too_slow();
            return let_go(net::CloseCode::policy_violation, "too slow: come back, and what is missing will be told");
        }
        try {
            outbox_.add(std::move(read.frames));
            Follow& cursor = found->second.cursor;
            cursor.was_read(read.position);
            if (!cursor.is_live()) to_read_.push_back(read.room);
            read_next();
        } catch (const std::bad_alloc&) {
            return out_of_memory();
        }
    }
    transport_.resume();
}

void LiveSession::on(const Say& message) {
    auto posting = std::make_unique<Posting>(shared_from_this(), message.client_message_id);
    const auto came = [its = posting.get()](Answer<Messages::Posted> answer) { its->came(std::move(answer)); };
    hub_.chat().messages().post(caller_, message.room.value_or(Id{}), message.content, message.client_message_id, came);
    (void)posting.release();  // to arrived(), on this thread
    ++under_way_;
}

// A new one is shown as it was posted: nobody can have changed it yet.
std::string LiveSession::shown(const Messages::Posted& posted) const {
    const std::string name = hub_.chat().book().look([&](const State& state) {
        const User* const me = state.user(user());
        return me != nullptr ? me->name : std::string{};
    });
    return to_json(ShownMessage{.id = posted.id,
                                .room = posted.said.room,
                                .creator = user(),
                                .creator_name = name,
                                .content = posted.said.content,
                                .client_message_id = posted.said.client_message_id,
                                .created_at = posted.time,
                                .sequence = posted.sequence});
}

void LiveSession::was_posted(const Posting& posting) {
    try {
        if (posting.no_memory) throw std::bad_alloc{};
        if (posting.posted) {
            const bool duplicate = posting.posted->duplicate;
            tell(ack_frame(posting.client_message_id, duplicate ? posting.json : shown(*posting.posted), duplicate));
        } else {
            tell(error_frame(posting.posted.error(), posting.client_message_id));
        }
    } catch (const std::bad_alloc&) {
        doom();
    }
    one_less_under_way();
}

void LiveSession::one_less_under_way() {
    --under_way_;
    if (phase_ != Phase::ended) send();
}

void LiveSession::on(const Typing& typing) {
    if (!typing.room || !is_member(*typing.room)) return refuse("not_a_member");
    hub_.typing(*typing.room, user(), typing.on);
}

void LiveSession::on(const SeenUpTo& seen) {
    if (!seen.room || !is_member(*seen.room)) return refuse("not_a_member");
    if (!seen.message) return refuse("not_found");
    auto look_up = std::make_unique<SeenLookup>(shared_from_this(), *seen.room, *seen.message);
    ++under_way_;
    station().readers.submit(*look_up.release(), thread_.mailbox);
}

}  // namespace station::chat
