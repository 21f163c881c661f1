// Which records have a key: halves of hashes beside records, in one run of memory. A node for each of a million keys is
// mostly waiting for memory. The record itself says whether it has the key.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace station::ledger::detail {

class KeyTable {
  public:
    void add(std::uint64_t hash, std::uint32_t record) {
        if (2 * (size_ + 1) > slots_.size()) grow();
        put(hash >> 32 << 32 | record);
        ++size_;
    }

    // Records whose key's hash has the same upper half.
    template <typename Visit>
    void each_of(std::uint64_t hash, Visit visit) const {
        if (slots_.empty()) return;
        for (std::size_t at = place_of(hash); slots_[at] != kFree; at = (at + 1) & (slots_.size() - 1)) {
            if (slots_[at] >> 32 == hash >> 32) visit(static_cast<std::uint32_t>(slots_[at]));
        }
    }

    std::size_t size() const { return size_; }
    std::uint64_t bytes() const { return slots_.capacity() * sizeof(std::uint64_t); }
    // The upper half of the hash above the record, ascending.
    std::vector<std::uint64_t> sorted() const {
        std::vector<std::uint64_t> pairs;
        pairs.reserve(size_);
        std::copy_if(slots_.begin(), slots_.end(), std::back_inserter(pairs), [](auto slot) { return slot != kFree; });
        std::sort(pairs.begin(), pairs.end());
        return pairs;
    }

  private:
    static constexpr std::uint64_t kFree = ~std::uint64_t{0};  // no ledger has that many records
    static constexpr std::size_t kFewest = 64;

    // The bits of the half itself are spread well enough.
    std::size_t place_of(std::uint64_t hash) const { return (hash >> 32) & (slots_.size() - 1); }

    void put(std::uint64_t slot) {
        std::size_t at = place_of(slot);
        while (slots_[at] != kFree) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = slot;
    }

    void grow() {
        std::vector<std::uint64_t> before(std::max(kFewest, 2 * slots_.size()), kFree);
        before.swap(slots_);
        for (const std::uint64_t slot : before) {
            if (slot != kFree) put(slot);
        }
    }

    std::vector<std::uint64_t> slots_;  // a power of two of them, at most half in use
    std::size_t size_ = 0;
};

}  // namespace station::ledger::detail
