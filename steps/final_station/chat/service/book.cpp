#include "book.hpp"

namespace station::chat {
namespace {

// Of these a state knows something: all categories but the messages', and of those what is gone.
constexpr unsigned kCategories[] = {1, 2, 3};

Refusal refusal_of_append(const ledger::Error& error) {
    if (error.code == log::Errc::queue_full) return refusal("server_busy");
    if (error.code == ledger::Errc::closed || error.code == log::Errc::closed) return refusal("shutting_down");
    return refusal("storage_error", error.message());
}

}  // namespace

Book::~Book() = default;

ledger::Result<std::unique_ptr<Book>> Book::open(ledger::Store store) {
    std::unique_ptr<Book> book{new Book{std::move(store)}};
    if (auto error = book->fold()) return tl::unexpected(std::move(*error));
    return book;
}

// Each kind from its own postings, then in the order of the ledger: a million messages are not read for it.
std::optional<ledger::Error> Book::fold() {
    std::map<std::uint64_t, Event> events;
    std::optional<ledger::Error> failed;
    const auto take = [&](const ledger::Region& region) {
        auto cursor = store_.cursor(region);
        while (!failed) {
            auto event = cursor.poll();
            if (!event) return void(failed = std::move(event.error()));
            if (!*event) return;
            auto decoded = decode(**event);
            if (!decoded)
                return void(failed = ledger::Error{decoded.error(), "event " + (**event)->header.event_id.to_text()});
            events.emplace(decoded->sequence, std::move(decoded->event));
        }
    };
    for (const unsigned category : kCategories) {
        ledger::Region region;
        region.category = category;
        take(region);
    }
    take(ledger::Region::of_kind(MessageDeleted::kind));
    if (failed) return failed;
    const base::Lock lock{mutex_};
    for (const auto& [sequence, event] : events) durable_.apply(event, sequence);
    ahead_ = durable_;
    next_ = store_.size();
    end_.store(next_, std::memory_order_release);
    return std::nullopt;
}

// An answer where there is one at once. What the log does with it comes by answered(), which waits for our lock.
std::optional<Answer<Book::Written>> Book::hand_over(Draft draft, Done& done) {
    if (draft.key) {
        if (const auto found = keys_.find(*draft.key); found != keys_.end()) {
            found->second->same_key.push_back(std::move(done));
            return std::nullopt;
        }
    }
    const auto coordinate = ledger::Coordinate::make(entity_of(draft.event), kScope);
    if (!coordinate) return tl::unexpected(refusal_of_append(coordinate.error()));
    const std::vector<std::byte> payload = encode(draft.event);
    const EventKind kind = kind_of(draft.event);
    const auto one =
        std::make_shared<UnderWay>(UnderWay{std::move(draft.event), draft.key, std::move(done), generation_});
    ledger::AppendOptions options;
    options.idempotency_key = draft.key;
    options.at = next_;
    std::optional<ledger::Result<ledger::AppendReceipt>> at_once;
    store_.start_append(*coordinate, kind, payload, options,
                        [this, one, &at_once](ledger::Result<ledger::AppendReceipt> receipt, bool is_at_once) {
                            if (is_at_once) {
                                at_once.emplace(std::move(receipt));
                            } else {
                                answered(one, receipt);
                            }
                        });
    if (at_once) {
        done = std::move(one->done);
        if (!*at_once) return tl::unexpected(refusal_of_append(at_once->error()));
        return Written{(*at_once)->event_id, (*at_once)->global_sequence, (*at_once)->time, (*at_once)->duplicate};
    }
    ahead_.apply(one->event, next_++);
    if (draft.key) keys_[*draft.key] = one;
    return std::nullopt;
}

void Book::answered(const std::shared_ptr<UnderWay>& one, const ledger::Result<ledger::AppendReceipt>& receipt) {
    std::vector<Done> same_key;
    std::vector<std::function<void()>> settled;
    {
        const base::Lock lock{mutex_};
        if (receipt) {
            durable_.apply(one->event, receipt->global_sequence);
            end_.store(receipt->global_sequence + 1, std::memory_order_release);
            end_.notify_all();
        } else if (one->generation == generation_) {
            ++generation_;
            ahead_ = durable_;
            next_ = end_.load(std::memory_order_relaxed);
        }
        if (one->key) keys_.erase(*one->key);
        same_key = std::move(one->same_key);
        settled = take_settled();
    }
    Answer<Written> answer;
    if (receipt) {
        answer = Written{receipt->event_id, receipt->global_sequence, receipt->time, false};
    } else {
        answer = tl::unexpected(refusal_of_append(receipt.error()));
    }
    one->done(answer);
    if (receipt) answer->duplicate = true;
    for (const Done& other : same_key) other(answer);
    for (const auto& then : settled) then();
}

void Book::when_settled(std::function<void()> then) {
    {
        const base::Lock lock{mutex_};
        if (end_.load(std::memory_order_relaxed) < next_) {
            waiting_.emplace_back(next_, std::move(then));
            return;
        }
    }
    then();
}

// Where the log has refused something, nothing is under way any more.
std::vector<std::function<void()>> Book::take_settled() {
    const std::uint64_t end = end_.load(std::memory_order_relaxed);
    const bool any_under_way = end < next_;
    std::vector<std::function<void()>> settled;
    std::erase_if(waiting_, [&](auto& one) {
        if (one.first > end && any_under_way) return false;
        settled.push_back(std::move(one.second));
        return true;
    });
    return settled;
}

}  // namespace station::chat
