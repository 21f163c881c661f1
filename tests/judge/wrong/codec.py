CRC = "    store_little(to + size - 4, crc32c({to + kRecordPrefixSize, size - kRecordPrefixSize - 4}));\n"
CHECKED = """    const std::uint32_t crc = crc32c({at + kRecordPrefixSize, size - kRecordPrefixSize - 4});
    if (crc != load_little<std::uint32_t>(at + size - 4)) return Decoded::invalid;
"""

wrong("no-checksum-looked-at", requirement="checked-first",
      cause="decode_record() with a changed bit in EVENT_ID, byte 12", why="the checksum is not looked at",
      edits=[(CHECKED, "")])
wrong("checked-last", requirement="checked-first", cause="record.id.to_text()",
      why="the fields are taken before the checksum is looked at",
      edits=[(CHECKED, ""), ("""    record.headers = bytes.subspan(kPayloadAt + frame.payload + 4, frame.headers);
    return Decoded::ok;
""", """    record.headers = bytes.subspan(kPayloadAt + frame.payload + 4, frame.headers);
""" + CHECKED + "    return Decoded::ok;\n")])
wrong("incomplete-where-it-is-broken", requirement="checked-first", cause="Decoded::incomplete",
      why="a record whose checksum does not fit is said to be incomplete",
      edits=[("    if (crc != load_little<std::uint32_t>(at + size - 4)) return Decoded::invalid;\n",
              "    if (crc != load_little<std::uint32_t>(at + size - 4)) return Decoded::incomplete;\n")])
wrong("checksum-of-the-payload", requirement="layout", cause="encode_record(): CRC-32C, byte 63",
      why="the checksum covers the payload only",
      edits=[(CRC, "    store_little(to + size - 4, crc32c(record.payload));\n"),
             ("crc32c({at + kRecordPrefixSize, size - kRecordPrefixSize - 4});",
              "crc32c({at + kPayloadAt, frame.payload});")])
wrong("checksum-without-the-headers", requirement="layout", cause="encode_record(): CRC-32C, byte 63",
      why="the headers are not in the checksum",
      edits=[(CRC, "    store_little(to + size - 4, "
                   "crc32c({to + kRecordPrefixSize, kPayloadAt - kRecordPrefixSize + record.payload.size()}));\n"),
             ("crc32c({at + kRecordPrefixSize, size - kRecordPrefixSize - 4});",
              "crc32c({at + kRecordPrefixSize, kPayloadAt - kRecordPrefixSize + frame.payload});")])
wrong("checksum-from-the-start", requirement="layout", cause="encode_record(): CRC-32C, byte 63",
      why="the checksum begins at the first byte",
      edits=[(CRC, "    store_little(to + size - 4, crc32c({to, size - 4}));\n"),
             ("crc32c({at + kRecordPrefixSize, size - kRecordPrefixSize - 4});", "crc32c({at, size - 4});")])
wrong("half-of-the-checksum", requirement="no-bit-unseen",
      cause="decode_record() with a changed bit in CRC-32C, byte 72", why="two bytes of the checksum are compared",
      edits=[("if (crc != load_little<std::uint32_t>(at + size - 4))",
              "if (static_cast<std::uint16_t>(crc) != load_little<std::uint16_t>(at + size - 4))")])
wrong("sum-of-bytes", requirement="layout", cause="encode_record(): CRC-32C, byte 63",
      why="a sum of the bytes, not their CRC",
      edits=[(CRC, """    std::uint32_t sum = 0;
    for (const std::byte* byte = to + kRecordPrefixSize; byte != to + size - 4; ++byte) {
        sum += static_cast<std::uint32_t>(*byte);
    }
    store_little(to + size - 4, sum);
"""), ("    const std::uint32_t crc = crc32c({at + kRecordPrefixSize, size - kRecordPrefixSize - 4});\n", """\
    std::uint32_t crc = 0;
    for (const std::byte* byte = at + kRecordPrefixSize; byte != at + size - 4; ++byte) {
        crc += static_cast<std::uint32_t>(*byte);
    }
""")])
wrong("big-endian", requirement="layout", cause="OFFSET, byte 36", why="the offset is written big end first",
      edits=[("    store_little(to + kOffsetAt, record.offset);\n",
              "    store_little(to + kOffsetAt, __builtin_bswap64(record.offset));\n"),
             ("record.offset = load_little<std::uint64_t>(at + kOffsetAt);",
              "record.offset = load_big(at + kOffsetAt);")])
wrong("time-and-offset-swapped", requirement="layout", cause="encode_record(): TIME, byte 28",
      why="time and offset are swapped",
      edits=[("constexpr std::size_t kTimeAt = 28;\nconstexpr std::size_t kOffsetAt = 36;\n",
              "constexpr std::size_t kTimeAt = 36;\nconstexpr std::size_t kOffsetAt = 28;\n")])
wrong("unsynced-forgotten", requirement="layout", cause="encode_record(): UNSYNCED, byte 44",
      why="UNSYNCED is not written",
      edits=[("    store_little(to + kUnsyncedAt, record.unsynced);\n",
              "    store_little(to + kUnsyncedAt, std::uint32_t{0});\n")])
wrong("id-half", requirement="layout", cause="encode_record(): EVENT_ID, byte 20", why="half of the id is written",
      edits=[("    std::memcpy(to + kIdAt, record.id.bytes().data(), EventId::kSize);\n",
              "    std::memset(to + kIdAt, 0, EventId::kSize);\n"
              "    std::memcpy(to + kIdAt, record.id.bytes().data(), 8);\n")])
wrong("payload-of-one-byte-more", requirement="layout", cause='"hello\\x00"',
      why="the payload has its neighbour's first byte",
      edits=[("record.payload = bytes.subspan(kPayloadAt, frame.payload);",
              "record.payload = bytes.subspan(kPayloadAt, frame.payload + 1);")])
wrong("headers-from-their-length", requirement="layout", cause="of headers: headers",
      why="the headers begin at their length",
      edits=[("bytes.subspan(kPayloadAt + frame.payload + 4, frame.headers)",
              "bytes.subspan(kPayloadAt + frame.payload, frame.headers)")])
wrong("headers-forgotten", requirement="layout", cause="decode_record() of 5 bytes of payload, 5 of headers: headers",
      why="the headers are not taken",
      edits=[("    record.headers = bytes.subspan(kPayloadAt + frame.payload + 4, frame.headers);\n", "")])
wrong("topic-length-left-as-it-was", requirement="layout", cause="encode_record(): TOPIC_LEN, byte 48",
      why="TOPIC_LEN is not written",
      edits=[("    store_little(to + kTopicLengthAt, std::uint16_t{0});\n", "")])
