#include "row.hpp"

#include <algorithm>
#include <array>

namespace station::chat {

Id id_in(log::Bytes bytes) {
    std::array<std::byte, Id::kSize> id{};
    if (bytes.size() == id.size()) std::ranges::copy(bytes, id.begin());
    return Id{id};
}

std::vector<std::byte> joined(const std::vector<Id>& ids) {
    std::vector<std::byte> bytes;
    bytes.reserve(ids.size() * Id::kSize);
    for (const Id& id : ids) bytes.insert(bytes.end(), id.bytes().begin(), id.bytes().end());
    return bytes;
}

Row read_row(const sqlite::Statement& statement) {
    Row row;
    row.place = statement.integer(0);
    row.id = id_in(statement.bytes(1));
    row.creator = statement.integer(2);
    row.client_message_id = statement.text(3);
    row.content = statement.text(4);
    row.created_at = statement.integer(5);
    if (!statement.is_null(6)) row.edited_at = statement.integer(6);
    if (!statement.is_null(7)) row.changed = sequence_of(statement.integer(7));
    row.deleted = statement.integer(8) != 0;
    const log::Bytes mentions = statement.bytes(9);
    for (std::size_t at = 0; at + Id::kSize <= mentions.size(); at += Id::kSize) {
        row.mentions.push_back(id_in(mentions.subspan(at, Id::kSize)));
    }
    if (!statement.is_null(10)) row.edit = id_in(statement.bytes(10));
    return row;
}

}  // namespace station::chat
