// How the follower gets tables that fit the ledger.
#include "follower.hpp"

namespace station::chat {
namespace {

constexpr std::uint64_t kBulk = 50'000;  // events

}  // namespace

std::error_code Follower::open_tables() {
    events_.clear();
    names_.clear();
    if (!trust_.holds()) {
        if (const auto error = Tables::remove(config_.path)) return error;
    }
    if (const auto error = trust_.begin()) return error;
    std::error_code error = open_fitting();
    if (error == sqlite::Errc::damaged) {
        log(log::Severity::warning, config_.path.string() + ": does not fit the ledger, or is damaged; made again");
        close_tables();
        names_.clear();
        if (const auto failed = Tables::remove(config_.path)) return failed;
        error = open_fitting();
    }
    if (error) return error;
    const std::uint64_t end = store_.size();
    behind_until_ = about_.position < end ? end : 0;
    last_progress_ = std::chrono::steady_clock::now();
    is_bulk_ = end - about_.position > kBulk;
    if (is_bulk_) {
        if (const auto begun = tables_->begin_bulk()) return begun;
    }
    trust_.note();
    readers_.renew();
    age_.fetch_add(1, std::memory_order_acq_rel);
    // What is reported of those before is known.
    damaged_ = false;
    {
        const std::lock_guard lock{mutex_};
        cursor_.emplace(store_.cursor(ledger::Region::of_scope(kScope), about_.position));
        if (stopping_) cursor_->cancel();
    }
    reached(about_.position);
    return {};
}

std::error_code Follower::open_fitting() {
    auto tables = Tables::open(config_.path);
    if (!tables) return tables.error();
    tables_.emplace(std::move(*tables));
    const auto about = tables_->about();
    if (!about) return about.error();
    const auto fit = fits(*about);
    if (!fit) return fit.error();
    if (!*fit) return sqlite::Errc::damaged;
    const auto gone = tables_->read_names(names_);
    if (!gone) return gone.error();
    rooms_to_sweep_ = *gone;
    const auto fresh = tables_->count_fresh();
    if (!fresh) return fresh.error();
    fresh_ = *fresh;
    about_ = *about;
    return {};
}

// They were made from this ledger, and it still has what they were made from.
tl::expected<bool, std::error_code> Follower::fits(const Tables::About& about) {
    if (!about.last_event) return about.position == 0;
    if (about.position > store_.size() || about.last_sequence >= about.position) return false;
    const auto origin = event_at(0);
    if (!origin) return tl::unexpected(origin.error());
    const auto last = event_at(about.last_sequence);
    if (!last) return tl::unexpected(last.error());
    return about.origin && *origin == about.origin && *last == about.last_event;
}

// The first of the chat's events from there on.
tl::expected<std::optional<Id>, std::error_code> Follower::event_at(std::uint64_t sequence) {
    auto cursor = store_.cursor(ledger::Region::of_scope(kScope), sequence);
    const auto event = cursor.poll();
    if (!event) return tl::unexpected(event.error().code);
    if (!*event) return std::optional<Id>{};
    return std::optional{(**event)->header.event_id};
}

void Follower::close_tables() {
    readers_.renew();
    tables_.reset();
}

}  // namespace station::chat
