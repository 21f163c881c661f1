// A posting list: the records, ascending, that have something in common; less the first record of the part it is from.
// Either a frozen bitmap of CRoaring, read where it lies, or numbers. Lists are never combined into new ones: one is
// gone through, the others are asked. So nothing is built, and a list that lies can make a wrong answer and no more.
#pragma once

#include <roaring/roaring.h>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <station/log/bytes.hpp>
#include <vector>

namespace station::ledger::detail {

class Posting {
  public:
    Posting() = default;
    explicit Posting(std::span<const std::uint32_t> values) : values_(values), size_(values.size()) {}
    // Bytes of freeze(), at a multiple of 32, which outlive it; an empty list where they are none.
    static Posting frozen(log::Bytes bytes, std::uint32_t size);

    std::uint64_t size() const { return size_; }
    bool contains(std::uint32_t value) const;

  private:
    friend class PostingCursor;
    std::span<const std::uint32_t> values_;
    std::shared_ptr<const roaring_bitmap_t> bitmap_;
    std::uint64_t size_ = 0;
};

// Goes through what is in at least one of some lists, ascending, from `from` on. The lists outlive it.
class PostingCursor {
  public:
    PostingCursor(std::span<const Posting> lists, std::uint32_t from);

    std::optional<std::uint32_t> next();

  private:
    struct Place {
        std::span<const std::uint32_t> rest;
        roaring_uint32_iterator_t in_bitmap{};
        bool is_bitmap = false;
        std::uint32_t value = 0;

        bool read();
        void step();
    };
    static bool later(const Place& a, const Place& b) { return a.value > b.value; }

    std::vector<Place> heap_;
};

// A bitmap that is written once: add() ascending, freeze() for the bytes.
class PostingBuilder {
  public:
    PostingBuilder();
    void add(std::uint32_t value);
    std::uint32_t size() const { return count_; }
    std::vector<std::byte> freeze();

  private:
    struct Free {
        void operator()(roaring_bitmap_t* bitmap) const { roaring_bitmap_free(bitmap); }
    };
    void flush();

    std::unique_ptr<roaring_bitmap_t, Free> bitmap_;
    std::vector<std::uint32_t> waiting_;
    std::uint32_t count_ = 0;
};

}  // namespace station::ledger::detail
