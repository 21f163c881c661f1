CONTENT = ("    if (blake3(event.payload) != event.header.content_hash) "
           'return "its content hash is not the one of its payload";\n')
EVENT = """    if (hash_of(event) != event.event_hash) return "its event hash is not the one of what it says";
"""
SEQUENCE = """    if (event.header.position.sequence != state.next) return "its sequence is not the entity's next one";
"""
PREVIOUS = """    if (event.prev_hash != state.last) return "it does not go on from the entity's event before it";
"""
COUNTER = "at.counter != (same_moment ? last_->counter + 1 : 0)"
FIND = """    auto found = states_.find(event.entity);
    if (found == states_.end()) found = states_.emplace(event.entity, State{}).first;
    State& state = found->second;
"""

wrong("payload-believed", requirement="hashes", cause='with_byte(bank(), 0, "deposi", 0)',
      why="the payload is not hashed", edits=[(CONTENT, "")])
wrong("event-hash-believed", requirement="hashes", cause="event_hash",
      why="what an event says is not hashed", edits=[(EVENT, "")])
wrong("hashes-compared-with-each-other", requirement="hashes", cause='with_byte(bank(), 0, "deposi", 0)',
      why="the hash of the payload is compared with itself",
      edits=[("blake3(event.payload) != event.header.content_hash",
              "blake3(event.payload) != blake3(event.payload)")])
wrong("header-hashed-alone", requirement="sound", cause="verdict(bank())",
      why="the hash is made of the header alone",
      edits=[("hash_of(event) != event.event_hash", "blake3(event.header_bytes) != event.event_hash")])
wrong("sequence-only", requirement="chain", cause="verdict(with(bank(), 0, more))",
      why="events are counted, their hashes are not linked", edits=[(PREVIOUS, "")])
wrong("hash-only", requirement="chain", cause="mended",
      why="hashes are linked, and nobody counts", edits=[(SEQUENCE, "")])
wrong("first-has-a-past", requirement="chain", cause="has_a_past",
      why="what lies before an entity's first event is not looked at",
      edits=[("event.prev_hash != state.last", "state.next != 0 && event.prev_hash != state.last")])
wrong("first-begins-anywhere", requirement="chain", cause="verdict(without(bank(), 0))",
      why="an entity may begin with any sequence",
      edits=[("event.header.position.sequence != state.next",
              "state.next != 0 && event.header.position.sequence != state.next"),
             (PREVIOUS, "    if (state.next != 0 && event.prev_hash != state.last) return \"no\";\n"),
             ("state = {event.event_hash, state.next + 1};",
              "state = {event.event_hash, event.header.position.sequence + 1};")])
wrong("gaps-allowed", requirement="chain", cause="verdict(without(bank(), 0))",
      why="a sequence must grow, and that is all; a hash that does not fit is taken for a gap",
      edits=[("event.header.position.sequence != state.next", "event.header.position.sequence < state.next"),
             ("event.prev_hash != state.last",
              "event.header.position.sequence == state.next && event.prev_hash != state.last"),
             ("state = {event.event_hash, state.next + 1};",
              "state = {event.event_hash, event.header.position.sequence + 1};")])
wrong("doubles-allowed", requirement="chain", cause="with_more(bank(), 4, goes_on)",
      why="an event that comes again is passed over",
      edits=[(SEQUENCE, """    if (event.header.position.sequence < state.next) return nullptr;
""" + SEQUENCE)])
wrong("one-chain-for-all", requirement="sound", cause="verdict(bank())",
      why="all entities are one chain",
      edits=[(FIND, """    State& state = states_["all"];
""")])
wrong("a-chain-for-each-scope", requirement="entities", cause="elsewhere",
      why="an entity's events in another scope are another chain",
      edits=[(FIND, """    State& state = states_[std::string{event.entity} + "@" + std::string{event.scope}];
""")])
wrong("names-cut-short", requirement="entities", cause="names.history()",
      why="of an entity's name the first character is looked at, without its case",
      edits=[(FIND, """    std::string name{event.entity};
    if (name.size() < 3) name = std::string(1, static_cast<char>(name[0] | 0x20));
    State& state = states_[name];
""")])
wrong("every-event-an-entity", requirement="sound", cause="verdict(bank())", why="entities are counted with each event",
      edits=[("    if (state.next == 0) ++entities_;\n", "    ++entities_;\n")])
wrong("entities-not-counted", requirement="sound", cause="verdict(bank())", why="entities are not counted",
      edits=[("    if (state.next == 0) ++entities_;\n", "")])
wrong("chain-stands-still", requirement="sound", cause="verdict(bank())", why="the end of a chain is not moved on",
      edits=[("    state = {event.event_hash, state.next + 1};\n", "")])
wrong("hash-stands-still", requirement="sound", cause="verdict(bank())", why="the last hash is not kept",
      edits=[("    state = {event.event_hash, state.next + 1};\n", "    ++state.next;\n")])
wrong("id-believed", requirement="record", cause="another", why="an event may have another id than its record",
      edits=[("""    if (header.event_id != record.id) return "its id is not the one of its record";
""", "")])
wrong("time-believed", requirement="record", cause="later", why="an event may have another time than its record",
      edits=[("""    if (header.timestamp_us != record.time / 1000) return "its time is not the one of its record";
""", "")])
wrong("time-to-the-nanosecond", requirement="sound", cause="verdict(bank())",
      why="microseconds are compared with nanoseconds",
      edits=[("header.timestamp_us != record.time / 1000", "header.timestamp_us != record.time")])
wrong("time-to-the-millisecond", requirement="record", cause="later", why="only milliseconds are compared",
      edits=[("header.timestamp_us != record.time / 1000", "header.timestamp_us / 1000 != record.time / 1'000'000")])
wrong("before-1970", requirement="record", cause="long_ago", why="a time before 1970 is taken",
      edits=[("header.timestamp_us < 0 || at.wall_ms", "at.wall_ms")])
wrong("wall-believed", requirement="record", cause="other_moment", why="wall_ms may be any",
      edits=[(" || at.wall_ms != static_cast<std::uint64_t>(header.timestamp_us) / 1000", "")])
wrong("depth-believed", requirement="record", cause="depth", why="depth and lane are not looked at",
      edits=[("""    if (at.depth != 0 || at.lane != 0) return "its depth or lane is not 0";
""", "")])
wrong("lane-believed", requirement="record", cause="lane", why="lane is not looked at",
      edits=[("at.depth != 0 || at.lane != 0", "at.depth != 0")])
wrong("counter-believed", requirement="counter", cause="counted(1)", why="the counter may be any",
      edits=[("    if (" + COUNTER + ') return "its counter is not the next one of its moment";\n', ""),
             ("    const bool same_moment = last_ && last_->wall_ms == at.wall_ms;\n", "")])
wrong("counter-may-skip", requirement="counter", cause="counted(4)", why="the counter must grow, and may skip",
      edits=[(COUNTER, "(same_moment ? at.counter <= last_->counter : at.counter != 0)")])
wrong("counter-never-begins-anew", requirement="sound", cause="verdict(bank())",
      why="the counter goes on in the next moment",
      edits=[("const bool same_moment = last_ && last_->wall_ms == at.wall_ms;",
              "const bool same_moment = last_.has_value();")])
wrong("counter-begins-anywhere", requirement="counter", cause="counted(1)",
      why="a moment may begin with any counter",
      edits=[(COUNTER, "same_moment && at.counter != last_->counter + 1")])
wrong("hidden-counts", requirement="hidden", cause="sound, 2 entities, 3 hidden",
      why="nothing is kept of what was before a batch",
      edits=[("    if (batch_) before_.emplace_back(&state, state);\n", "")])
wrong("kept-too-late", requirement="hidden", cause="sound, 2 entities, 3 hidden",
      why="what is kept is what the entity was behind the event",
      edits=[("    if (batch_) before_.emplace_back(&state, state);\n", ""),
             ("    state = {event.event_hash, state.next + 1};\n",
              "    state = {event.event_hash, state.next + 1};\n"
              "    if (batch_) before_.emplace_back(&state, state);\n")])
wrong("batches-not-linked", requirement="hidden", cause="event 3: a, sequence 2",
      why="within a batch chains are not looked at",
      edits=[("event.prev_hash != state.last", "!batch_ && event.prev_hash != state.last")])
wrong("words-without-a-fault", requirement="sound", cause="verdict(bank())", why="of a sound event it says: sound",
      edits=[("    state = {event.event_hash, state.next + 1};\n    return nullptr;\n",
              "    state = {event.event_hash, state.next + 1};\n    return \"\";\n")])
