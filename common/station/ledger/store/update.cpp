#include <station/ledger/store/update.hpp>

namespace station::ledger {

Result<tl::expected<Updated, Denial>> update(Updatable& entity, const UpdateOptions& options) {
    for (std::size_t tried = 1;; ++tried) {
        const auto unchanged = entity.read();
        if (!unchanged) return tl::unexpected(unchanged.error());
        // Behind the read: where that has seen what an earlier try did, a decision about it would be wrong.
        const auto earlier = entity.find(options.key);
        if (!earlier) return tl::unexpected(earlier.error());
        if (*earlier) return **earlier;
        if (auto denial = entity.decide()) return tl::expected<Updated, Denial>{tl::unexpect, std::move(*denial)};
        const auto appended = entity.append({.expect = *unchanged, .idempotency_key = options.key});
        if (appended) return *appended;
        const std::error_code what = appended.error().code;
        const bool came_between = what == Errc::sequence_mismatch || what == Errc::key_reused;
        if (!came_between || tried >= options.tries) return tl::unexpected(appended.error());
    }
}

}  // namespace station::ledger
