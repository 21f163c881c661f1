TAKE = """    newest_ = std::max(newest_, sequence + 1);
    if (!is_live_ || sequence < position_) return false;
    if (!may_keep) {
        is_live_ = false;
        return false;
    }
    position_ = sequence + 1;
    return true;
"""
READ = """    position_ = std::max(position_, position);
    is_reading_ = false;
    is_live_ = newest_ <= position_;
"""
AFTER = """    if (!seen) return missed_from(past, std::nullopt);
    const auto sequence = past.sequence_of(*seen);
    if (!sequence) return tl::unexpected(sequence.error());
    return missed_from(past, *sequence ? std::optional{**sequence + 1} : std::nullopt);
"""
FROM = """    MissedRows missed;
    if (sequence) {
        auto messages = past.from(*sequence, kMostMissed + 1);
        if (!messages) return tl::unexpected(messages.error());
        missed.complete = messages->size() <= kMostMissed;
        if (missed.complete) missed.messages = std::move(*messages);
        auto changed = past.changed_from(*sequence);
        if (!changed) return tl::unexpected(changed.error());
        missed.changed = std::move(*changed);
    }
    if (sequence && missed.complete) return missed;
    auto last = past.last(kLastOnes);
    if (!last) return tl::unexpected(last.error());
    missed.messages = std::move(*last);
    return missed;
"""

right("room-is-asked-first", edits=[(TAKE, """    if (newest_ < sequence + 1) newest_ = sequence + 1;
    if (is_live_ && !may_keep) is_live_ = false;
    const bool is_mine = is_live_ && sequence >= position_;
    if (is_mine) position_ = newest_;
    return is_mine;
"""), (READ, """    is_reading_ = false;
    if (position > position_) position_ = position;
    is_live_ = !(position_ < newest_);
""")])

right("two-ways-of-coming-back", edits=[(AFTER, """    std::optional<std::uint64_t> first;
    if (seen.has_value()) {
        Past::Found<std::optional<std::uint64_t>> there = past.sequence_of(seen.value());
        if (!there.has_value()) return tl::make_unexpected(there.error());
        if (there->has_value()) first = there->value() + 1;
    }
    return missed_from(past, first);
"""), (FROM, """    if (!sequence.has_value()) {
        return past.last(kLastOnes).map([](std::vector<Row> rows) { return MissedRows{std::move(rows), true, {}}; });
    }
    Past::Found<std::vector<Row>> rows = past.from(sequence.value(), 1 + kMostMissed);
    if (!rows.has_value()) return tl::make_unexpected(rows.error());
    Past::Found<std::vector<Row>> edits = past.changed_from(sequence.value());
    if (!edits.has_value()) return tl::make_unexpected(edits.error());
    const bool is_too_much = rows.value().size() == 1 + kMostMissed;
    if (is_too_much) rows = past.last(kLastOnes);
    if (!rows.has_value()) return tl::make_unexpected(rows.error());
    return MissedRows{rows.value(), !is_too_much, edits.value()};
""")])
