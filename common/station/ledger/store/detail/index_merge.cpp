#include <limits>
#include <station/ledger/store/detail/index_merge.hpp>

namespace station::ledger::detail {

std::uint64_t MergedParts::count(const HashedRun& (Part::*run)() const) const {
    std::uint64_t sum = 0;
    for (const auto& part : parts_) sum += ((*part).*run)().pairs.size();
    return sum;
}

bool MergedParts::is_too_large() const {
    for (const Section names : {Section::entity_names, Section::scope_names}) {
        std::uint64_t sum = 0;
        for (const auto& part : parts_) sum += part->size_of(names);
        if (sum > std::numeric_limits<std::uint32_t>::max()) return true;
    }
    return false;
}

void MergedParts::fill(std::size_t part, const Posting& list, PostingBuilder& into) const {
    PostingCursor cursor{{&list, 1}, 0};
    const std::uint32_t records = parts_[part]->to() - parts_[part]->from();
    while (const auto record = cursor.next()) {
        if (*record < records) into.add(*record + shift(part));
    }
}

}  // namespace station::ledger::detail
