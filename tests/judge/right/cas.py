LOOP = """    for (std::size_t tried = 1;; ++tried) {
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
"""

right("the-key-is-looked-for-where-it-is-refused", edits=[(LOOP, """    std::size_t left = options.tries;
    while (true) {
        auto first = entity.find(options.key);
        if (!first) return tl::unexpected(std::move(first.error()));
        if (first->has_value()) return tl::expected<Updated, Denial>{first->value()};
        auto expect = entity.read();
        if (!expect) return tl::unexpected(std::move(expect.error()));
        if (auto denial = entity.decide(); denial.has_value()) {
            auto done = entity.find(options.key);
            if (!done) return tl::unexpected(std::move(done.error()));
            if (done->has_value()) return tl::expected<Updated, Denial>{done->value()};
            return tl::expected<Updated, Denial>{tl::make_unexpected(*denial)};
        }
        AppendOptions how;
        how.expect = *expect;
        how.idempotency_key = options.key;
        auto result = entity.append(how);
        if (result) return tl::expected<Updated, Denial>{*result};
        if (left > 0) --left;
        const bool again = result.error().code == Errc::sequence_mismatch || result.error().code == Errc::key_reused;
        if (!again || left == 0) return tl::unexpected(std::move(result.error()));
    }
""")])

right("one-try-is-a-function", edits=[
    ("Result<tl::expected<Updated, Denial>> update(Updatable& entity, const UpdateOptions& options) {\n" + LOOP, """
namespace {

using Outcome = Result<tl::expected<Updated, Denial>>;

// nullopt: it holds; otherwise what came of it.
Outcome try_once(Updatable& entity, const EventId& key) {
    const Result<Expect> seen = entity.read();
    if (!seen) return tl::unexpected<Error>(seen.error());
    const Result<std::optional<Updated>> there = entity.find(key);
    if (!there) return tl::unexpected<Error>(there.error());
    if (there->has_value()) return tl::expected<Updated, Denial>(there->value());
    const std::optional<Denial> no = entity.decide();
    if (no) return Outcome{tl::expected<Updated, Denial>(tl::unexpected<Denial>(*no))};
    const Result<Updated> in = entity.append(AppendOptions{*seen, key, {}, {}, 0, false});
    if (!in) {
        Error error = in.error();
        if (error.code == Errc::sequence_mismatch || error.code == Errc::key_reused) error.where.insert(0, "\\x01");
        return tl::unexpected<Error>(error);
    }
    return tl::expected<Updated, Denial>(*in);
}

}  // namespace

Result<tl::expected<Updated, Denial>> update(Updatable& entity, const UpdateOptions& options) {
    for (std::size_t i = 0;; i++) {
        Outcome outcome = try_once(entity, options.key);
        if (outcome) return outcome;
        Error error = outcome.error();
        if (error.where.empty() || error.where[0] != '\\x01') return outcome;
        error.where.erase(0, 1);
        if (i + 1 >= options.tries) return tl::unexpected<Error>(error);
    }
""")])
