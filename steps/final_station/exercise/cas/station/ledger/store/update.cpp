// Exercise "cas": two tellers, one account. It is read, decided about, and appended to; what somebody else has done
// between the read and the append is not asked for.
#include <station/ledger/store/update.hpp>

namespace station::ledger {

Result<tl::expected<Updated, Denial>> update(Updatable& entity, const UpdateOptions& options) {
    // ---- your part: what if another one comes between? And what if this order was given before? ----
    static_cast<void>(options);
    const auto read = entity.read();
    if (!read) return tl::unexpected(read.error());
    if (auto denial = entity.decide()) return tl::expected<Updated, Denial>{tl::unexpect, std::move(*denial)};
    const auto appended = entity.append({});
    if (!appended) return tl::unexpected(appended.error());
    return *appended;
    // ---- end of your part ----
}

}  // namespace station::ledger
