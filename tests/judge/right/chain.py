FIND = """    auto found = states_.find(event.entity);
    if (found == states_.end()) found = states_.emplace(event.entity, State{}).first;
    State& state = found->second;
    if (event.header.position.sequence != state.next) return "its sequence is not the entity's next one";
    if (event.prev_hash != state.last) return "it does not go on from the entity's event before it";
    if (batch_) before_.emplace_back(&state, state);
    if (state.next == 0) ++entities_;
    state = {event.event_hash, state.next + 1};
    return nullptr;
"""
HASHES = ("    if (blake3(event.payload) != event.header.content_hash) "
          'return "its content hash is not the one of its payload";\n' """\
    if (hash_of(event) != event.event_hash) return "its event hash is not the one of what it says";
""")
POSITION = """    const Position& at = header.position;
    if (header.event_id != record.id) return "its id is not the one of its record";
    if (header.timestamp_us != record.time / 1000) return "its time is not the one of its record";
    if (header.timestamp_us < 0 || at.wall_ms != static_cast<std::uint64_t>(header.timestamp_us) / 1000) {
        return "its wall_ms is not its time";
    }
    const bool same_moment = last_ && last_->wall_ms == at.wall_ms;
    if (at.counter != (same_moment ? last_->counter + 1 : 0)) return "its counter is not the next one of its moment";
    if (at.depth != 0 || at.lane != 0) return "its depth or lane is not 0";
    return nullptr;
"""

right("looked-up-and-made-later", edits=[(FIND, """    const auto found = states_.find(event.entity);
    const State was = found == states_.end() ? State{} : found->second;
    const bool goes_on = event.header.position.sequence == was.next && event.prev_hash == was.last;
    if (!goes_on) return "not the next one";
    State& state = states_[std::string{event.entity}];
    if (batch_.has_value()) before_.push_back({&state, was});
    if (found == states_.end() || was.next == 0) entities_ += 1;
    state.last = event.event_hash;
    state.next = was.next + 1;
    return nullptr;
""")])

right("the-expected-position", edits=[(POSITION, """    Position expected;
    expected.wall_ms = static_cast<std::uint64_t>(record.time / 1'000'000);
    expected.sequence = header.position.sequence;
    if (last_.has_value() && last_->wall_ms == expected.wall_ms) expected.counter = 1 + last_->counter;
    const bool is_the_record = header.event_id == record.id && header.timestamp_us == record.time / 1000;
    if (record.time < 0 || !is_the_record) return "another record's";
    return header.position == expected ? nullptr : "another place in time";
"""), (HASHES, """    const Hash content = blake3(event.payload);
    Hasher hasher;
    const std::byte end{0};
    hasher.update(event.prev_hash.bytes).update(log::as_bytes(event.entity)).update({&end, 1});
    hasher.update(log::as_bytes(event.scope)).update({&end, 1}).update(event.header_bytes).update(event.tail);
    if (content != event.header.content_hash || hasher.finish() != event.event_hash) return "a hash is another one";
""")])

right("one-word-for-all", edits=[(FIND, """\
    State& state = states_.try_emplace(std::string{event.entity}).first->second;
    if (event.header.position.sequence != state.next || event.prev_hash != state.last) return "no";
    const State before = state;
    state.last = event.event_hash;
    if (state.next++ == 0) entities_++;
    if (batch_) before_.push_back(std::make_pair(&state, before));
    return nullptr;
""")])
