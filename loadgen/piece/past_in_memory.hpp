// What was said in a room, in memory: what missed_after() needs of a chat's tables, without them. One thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chat/projection/missed.hpp"

namespace station::piece {

inline chat::Id id_of(std::uint64_t number) {
    std::array<std::byte, chat::Id::kSize> bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[bytes.size() - 1 - i] = static_cast<std::byte>(number >> 8 * i);
    return chat::Id{bytes};
}

class PastInMemory : public chat::Past {
  public:
    // Its id is id_of(sequence), its content says so. Sequences ascend, with gaps: other rooms' are between.
    void post(std::uint64_t sequence) {
        chat::Row row;
        row.place = chat::place_of(1, sequence);
        row.id = id_of(sequence);
        row.content = std::to_string(sequence);
        rows_.push_back(std::move(row));
    }
    void edit(std::uint64_t message, std::uint64_t sequence) { change(message, sequence).content += "*"; }
    void remove(std::uint64_t message, std::uint64_t sequence) { change(message, sequence).deleted = true; }

    Found<std::optional<std::uint64_t>> sequence_of(const chat::Id& message) override {
        for (const chat::Row& row : rows_) {
            if (row.id == message) return std::optional{chat::sequence_of(row.place)};
        }
        return std::optional<std::uint64_t>{};
    }
    Found<std::vector<chat::Row>> from(std::uint64_t sequence, std::size_t limit) override {
        std::vector<chat::Row> found;
        for (const chat::Row& row : rows_) {
            if (found.size() == limit) break;
            if (!row.deleted && chat::sequence_of(row.place) >= sequence) found.push_back(row);
        }
        return found;
    }
    Found<std::vector<chat::Row>> changed_from(std::uint64_t sequence) override {
        std::vector<chat::Row> found;
        for (const chat::Row& row : rows_) {
            const bool is_before = chat::sequence_of(row.place) < sequence;
            if (is_before && row.changed && *row.changed >= sequence) found.push_back(row);
        }
        return found;
    }
    Found<std::vector<chat::Row>> last(std::size_t limit) override {
        std::vector<chat::Row> found;
        for (auto row = rows_.rbegin(); row != rows_.rend() && found.size() < limit; ++row) {
            if (!row->deleted) found.push_back(*row);
        }
        std::ranges::reverse(found);
        return found;
    }

  private:
    chat::Row& change(std::uint64_t message, std::uint64_t sequence) {
        const auto is_it = [&](const chat::Row& row) { return row.id == id_of(message); };
        chat::Row& row = *std::ranges::find_if(rows_, is_it);
        row.changed = sequence;
        return row;
    }

    std::vector<chat::Row> rows_;
};

}  // namespace station::piece
