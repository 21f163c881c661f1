#include "follower.hpp"

#include <new>
#include <utility>

#include "batch.hpp"

namespace station::chat {
namespace {

using std::chrono::steady_clock;

// A commit costs as much as some twenty messages. Where many come it waits for more of them, so long; one that comes
// alone never waits.
constexpr std::chrono::milliseconds kPace{3};
constexpr std::size_t kLiveBatch = 1000;
constexpr std::size_t kRebuildBatch = 20'000;
constexpr std::size_t kBatchBytes = std::size_t{8} << 20;
constexpr std::chrono::milliseconds kPause{500};
constexpr std::chrono::seconds kProgress{1};
constexpr std::size_t kCompactEvery = 50'000;  // events

bool is_damage(std::error_code error) { return error == sqlite::Errc::damaged; }

}  // namespace

Follower::Follower(ledger::Store& store, Config config, Names& names, Readers& readers)
    : store_(store), config_(std::move(config)), names_(names), readers_(readers), trust_(config_.path) {}

void Follower::open() {
    tell_from_ = store_.size();
    if (const auto error = open_tables()) stumble(error);
}

void Follower::start() {
    if (thread_.joinable()) return;
    thread_ = std::thread{[this] { run(); }};
}

void Follower::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        if (cursor_) cursor_->cancel();
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    can_be_asked_ = false;
    let_go(true);
    if (!tables_) return;
    close_tables();
    // Whoever still reads has it open: then it is not all in one file, and trusted until the machine starts again.
    if (in_trouble_ || Tables::sync(config_.path) || trust_.synced()) trust_.note();
}

void Follower::run() {
    while (!is_stopping()) {
        tl::expected<bool, std::error_code> going = false;
        try {
            going = work();
        } catch (const std::bad_alloc&) {
            going = tl::unexpected(std::make_error_code(std::errc::not_enough_memory));
        }
        if (going && !*going) break;
        if (going) continue;
        stumble(going.error());
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, kPause, [&] { return stopping_; });
    }
    let_go(true);
}

tl::expected<bool, std::error_code> Follower::work() {
    if (damaged_.exchange(false)) return tl::unexpected(make_error_code(sqlite::Errc::damaged));
    if (!tables_) {
        if (const auto error = open_tables()) return tl::unexpected(error);
    }
    if (events_.empty()) {
        const auto any = wait_for_events();
        if (!any) return tl::unexpected(any.error());
        if (!*any) return false;
    }
    if (events_.empty()) return true;
    if (const auto error = write_events()) return tl::unexpected(error);
    return true;
}

// Perhaps it was woken for something else, and there are none. False: the ledger is closed.
tl::expected<bool, std::error_code> Follower::wait_for_events() {
    const auto any = read_events();
    if (!any || *any) return any;
    if (const auto error = end_bulk()) return tl::unexpected(error);
    recover();
    reached(cursor_->position());
    if (rooms_to_sweep_) {
        if (const auto error = sweep()) return tl::unexpected(error);
        return true;
    }
    auto event = cursor_->next();
    if (event) {
        events_.push_back(std::move(*event));
        wait_for_more();
        const auto more = read_events();
        // What was read first is not lost by that: the error comes again.
        return more ? tl::expected<bool, std::error_code>{true} : more;
    }
    const std::error_code error = event.error().code;
    if (error == log::Errc::cancelled) return true;
    if (error == ledger::Errc::closed) return false;
    return ledger_failed(error);
}

tl::unexpected<std::error_code> Follower::ledger_failed(std::error_code error) {
    tables_are_fine_ = true;
    return tl::unexpected(error);
}

void Follower::wait_for_more() {
    std::unique_lock lock{mutex_};
    changed_.wait_until(lock, last_batch_ + kPace, [&] { return stopping_; });
}

tl::expected<bool, std::error_code> Follower::read_events() {
    const bool catching_up = behind_until_ > 0;
    if (!catching_up) wait_for_more();
    const std::size_t most = catching_up ? kRebuildBatch : kLiveBatch;
    std::size_t bytes = 0;
    while (events_.size() < most && bytes < kBatchBytes) {
        auto event = cursor_->poll();
        if (!event) {
            // What can be read before it comes first; the error comes again.
            if (events_.empty()) return ledger_failed(event.error().code);
            break;
        }
        if (!*event) break;
        bytes += (**event)->payload.size();
        events_.push_back(std::move(**event));
    }
    last_batch_ = steady_clock::now();
    return !events_.empty();
}

std::error_code Follower::write_events() {
    Batch batch{store_, *tables_, names_};
    Tables::About about = about_;
    for (const ledger::StoredEvent& event : events_) {
        about.position = event.global_sequence() + 1;
        about.last_sequence = event.global_sequence();
        about.last_event = event->header.event_id;
        if (!about.origin) about.origin = about.last_event;
        auto recorded = decode(event);
        // Of a later version, perhaps: what it says is not ours to know.
        if (!recorded) continue;
        const bool tell = config_.listener != nullptr && about.last_sequence >= std::max(tell_from_, told_);
        if (const auto error = batch.take(std::move(*recorded), tell)) return error;
    }
    if (const auto error = batch.write(about, names_)) return error;
    trust_.note();
    const std::size_t live = about.position > tell_from_ ? events_.size() : 0;
    about_ = about;
    events_.clear();
    rooms_to_sweep_ = rooms_to_sweep_ || batch.has_gone_rooms();
    recover();
    // First those who listen: who waits for a position may ask what they were told.
    if (!batch.changes().empty()) {
        config_.listener(std::make_shared<const std::vector<Change>>(std::move(batch.changes())));
    }
    if (about.position >= behind_until_) {
        if (const auto error = end_bulk()) return error;
    }
    reached(about.position);
    compact_sometimes(live);
    return index_sometimes(batch.fresh());
}

template <typename Write, typename Then>
std::error_code Follower::in_transaction(Write write, Then then) {
    if (const auto error = tables_->begin()) return error;
    std::error_code error = write();
    if (!error) error = tables_->commit();
    if (error) {
        tables_->roll_back();
        return error;
    }
    trust_.note();
    then();
    return {};
}

// After those who wait were told: it takes longer than a batch.
std::error_code Follower::index_sometimes(std::size_t fresh) {
    fresh_ += fresh;
    if (fresh_ < kIndexedTogether) return {};
    return in_transaction([&] { return tables_->index_fresh(); }, [&] { fresh_ = 0; });
}

std::error_code Follower::end_bulk() {
    if (!is_bulk_) return {};
    is_bulk_ = false;
    const auto error = tables_->end_bulk();
    trust_.note();
    return error;
}

void Follower::compact_sometimes(std::size_t events) {
    since_compact_ += events;
    if (since_compact_ < kCompactEvery) return;
    since_compact_ = 0;
    if (const auto done = store_.compact(); !done) log(log::Severity::warning, done.error().message());
}

std::error_code Follower::sweep() {
    bool more = false;
    const auto some = [&] {
        const auto swept = tables_->sweep();
        more = swept && *swept;
        return swept ? std::error_code{} : swept.error();
    };
    return in_transaction(some, [&] { rooms_to_sweep_ = more; });
}

void Follower::reached(std::uint64_t position) {
    position_.store(position, std::memory_order_release);
    if (position >= told_) {
        told_ = position;
        can_be_asked_.store(true, std::memory_order_release);
    }
    tell_progress(position);
    let_go(false);
}

void Follower::tell_progress(std::uint64_t position) {
    if (behind_until_ == 0) return;
    const bool done = position >= behind_until_;
    const auto now = steady_clock::now();
    if (!done && now - last_progress_ < kProgress) return;
    last_progress_ = now;
    if (config_.progress) config_.progress(std::min(position, behind_until_), behind_until_);
    if (done) behind_until_ = 0;
}

void Follower::when(std::uint64_t position, std::function<void(bool)> then) {
    bool reached = false;
    {
        const std::lock_guard lock{mutex_};
        reached = position_ >= position && can_be_asked();
        if (!reached && !answers_false_) return void(waiting_.emplace(position, std::move(then)));
    }
    then(reached);
}

// Those whose position was reached; or all, since it won't be.
void Follower::let_go(bool all) {
    Waiting ready;
    const std::uint64_t position = position_;
    {
        const std::lock_guard lock{mutex_};
        answers_false_ = all;
        if (!all && !can_be_asked()) return;
        const auto end = all ? waiting_.end() : waiting_.upper_bound(position);
        for (auto one = waiting_.begin(); one != end; one = waiting_.begin()) ready.insert(waiting_.extract(one));
    }
    for (const auto& [wanted, then] : ready) then(!all);
}

void Follower::report_damage() {
    damaged_ = true;
    const std::lock_guard lock{mutex_};
    if (cursor_) cursor_->cancel();
}

// It is tried again after a pause; until then nobody is kept waiting.
void Follower::stumble(std::error_code error) {
    const bool again = std::exchange(in_trouble_, true);
    if (!again) {
        log(is_damage(error) ? log::Severity::warning : log::Severity::error,
            config_.path.string() + ": " + error.message() + (is_damage(error) ? "; made again" : "; tried again"));
    }
    if (!std::exchange(tables_are_fine_, false)) {
        can_be_asked_.store(false, std::memory_order_release);
        close_tables();
        const auto failed = is_damage(error) ? Tables::remove(config_.path) : std::error_code{};
        if (failed && !again) log(log::Severity::error, config_.path.string() + ": " + failed.message());
    }
    let_go(true);
}

void Follower::recover() {
    if (!in_trouble_) return;
    in_trouble_ = false;
    log(log::Severity::info, config_.path.string() + ": goes on");
}

void Follower::log(log::Severity severity, const std::string& text) const {
    if (config_.logger) config_.logger(severity, text);
}

bool Follower::is_stopping() {
    const std::lock_guard lock{mutex_};
    return stopping_;
}

}  // namespace station::chat
