// An account in memory, and an order that somebody takes there: what update() needs of a ledger, without one. What is
// appended is there at once. Any thread may have an order at the account, one of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <station/ledger/store/update.hpp>
#include <string>
#include <utility>
#include <vector>

namespace station::piece {

inline ledger::EventId id_of(std::uint64_t number) {
    std::array<std::byte, ledger::EventId::kSize> bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[bytes.size() - 1 - i] = static_cast<std::byte>(number >> 8 * i);
    return ledger::EventId{bytes};
}

class Account {
  public:
    struct Entry {
        std::optional<ledger::EventId> key;
        std::int64_t cents;    // what it changes
        std::int64_t balance;  // what its teller makes of it
    };
    using Entries = std::vector<Entry>;

    // Its first entry.
    explicit Account(std::int64_t cents) : entries_{{std::nullopt, cents, cents}} {}

    Entries entries() const {
        const std::lock_guard lock{mutex_};
        return entries_;
    }
    // What the last one says. Where an update was lost, that is not the sum.
    std::int64_t balance() const { return entries().back().balance; }

    // Decided in the order of appends, as a ledger does: the key before the expectation.
    ledger::Result<ledger::Updated> append(const Entry& entry, ledger::Expect expect) {
        const std::lock_guard lock{mutex_};
        if (const auto earlier = find(entries_, entry.key)) return *earlier;
        const std::uint64_t last = entries_.size() - 1;
        if (!expect.holds(last)) {
            ledger::Error error{ledger::Errc::sequence_mismatch, "entity account"};
            error.mismatch = {expect.sequence(), last};
            return tl::unexpected(std::move(error));
        }
        entries_.push_back(entry);
        return updated(last + 1);
    }

    static std::optional<ledger::Updated> find(const Entries& entries, const std::optional<ledger::EventId>& key) {
        if (!key) return std::nullopt;
        const auto has_it = [&](const Entry& entry) { return entry.key == key; };
        const auto found = std::find_if(entries.begin(), entries.end(), has_it);
        if (found == entries.end()) return std::nullopt;
        return updated(static_cast<std::uint64_t>(found - entries.begin()));
    }

  private:
    static ledger::Updated updated(std::uint64_t sequence) { return {id_of(1000 + sequence), sequence, {}}; }

    mutable std::mutex mutex_;
    Entries entries_;
};

// One order: so many cents are to be taken out of the account.
class Withdrawal : public ledger::Updatable {
  public:
    Withdrawal(Account& account, std::int64_t cents) : account_(account), cents_(cents) {}

    ledger::Result<ledger::Expect> read() override {
        const Account::Entries entries = account_.entries();
        balance_ = entries.back().balance;
        return ledger::Expect::exactly(entries.size() - 1);
    }
    ledger::Result<std::optional<ledger::Updated>> find(const ledger::EventId& key) override {
        return Account::find(account_.entries(), key);
    }
    std::optional<ledger::Denial> decide() override {
        after_ = balance_ - cents_;
        if (after_ >= 0) return std::nullopt;
        return ledger::Denial{"overdraft", "more than there is"}.with("balance", std::to_string(balance_));
    }
    ledger::Result<ledger::Updated> append(const ledger::AppendOptions& options) override {
        return account_.append({options.idempotency_key, -cents_, after_}, options.expect);
    }

  private:
    Account& account_;
    const std::int64_t cents_;
    std::int64_t balance_ = 0;  // as it was read
    std::int64_t after_ = 0;    // as it was decided
};

}  // namespace station::piece
