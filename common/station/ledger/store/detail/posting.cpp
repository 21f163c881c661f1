#include <algorithm>
#include <new>
#include <station/ledger/store/detail/posting.hpp>

namespace station::ledger::detail {
namespace {

// CRoaring 2 renamed these, and warns where the old names are used.
template <typename Bitmap, typename Iterator>
void start(const Bitmap* bitmap, Iterator* iterator) {
    if constexpr (requires { roaring_iterator_init(bitmap, iterator); }) {
        roaring_iterator_init(bitmap, iterator);
    } else {
        roaring_init_iterator(bitmap, iterator);
    }
}

template <typename Iterator>
void move_to(Iterator* iterator, std::uint32_t value) {
    if constexpr (requires { roaring_uint32_iterator_move_equalorlarger(iterator, value); }) {
        roaring_uint32_iterator_move_equalorlarger(iterator, value);
    } else {
        roaring_move_uint32_iterator_equalorlarger(iterator, value);
    }
}

template <typename Iterator>
void advance(Iterator* iterator) {
    if constexpr (requires { roaring_uint32_iterator_advance(iterator); }) {
        roaring_uint32_iterator_advance(iterator);
    } else {
        roaring_advance_uint32_iterator(iterator);
    }
}

}  // namespace

Posting Posting::frozen(log::Bytes bytes, std::uint32_t size) {
    Posting posting;
    posting.bitmap_ = {roaring_bitmap_frozen_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                       [](const roaring_bitmap_t* bitmap) {
                           if (bitmap != nullptr) roaring_bitmap_free(bitmap);
                       }};
    posting.size_ = posting.bitmap_ ? size : 0;
    return posting;
}

bool Posting::contains(std::uint32_t value) const {
    if (bitmap_) return roaring_bitmap_contains(bitmap_.get(), value);
    return std::binary_search(values_.begin(), values_.end(), value);
}

bool PostingCursor::Place::read() {
    if (is_bitmap ? !in_bitmap.has_value : rest.empty()) return false;
    value = is_bitmap ? in_bitmap.current_value : rest.front();
    return true;
}

void PostingCursor::Place::step() {
    if (is_bitmap) {
        advance(&in_bitmap);
    } else {
        rest = rest.subspan(1);
    }
}

PostingCursor::PostingCursor(std::span<const Posting> lists, std::uint32_t from) {
    for (const Posting& list : lists) {
        Place place;
        place.is_bitmap = list.bitmap_ != nullptr;
        if (place.is_bitmap) {
            start(list.bitmap_.get(), &place.in_bitmap);
            if (from != 0) move_to(&place.in_bitmap, from);
        } else {
            const auto first = std::lower_bound(list.values_.begin(), list.values_.end(), from);
            place.rest = list.values_.subspan(static_cast<std::size_t>(first - list.values_.begin()));
        }
        if (place.read()) heap_.push_back(place);
    }
    std::make_heap(heap_.begin(), heap_.end(), later);
}

std::optional<std::uint32_t> PostingCursor::next() {
    if (heap_.empty()) return std::nullopt;
    if (heap_.size() > 1) std::pop_heap(heap_.begin(), heap_.end(), later);
    const std::uint32_t value = heap_.back().value;
    heap_.back().step();
    if (!heap_.back().read()) {
        heap_.pop_back();
    } else if (heap_.size() > 1) {
        std::push_heap(heap_.begin(), heap_.end(), later);
    }
    return value;
}

PostingBuilder::PostingBuilder() : bitmap_(roaring_bitmap_create()) {
    if (!bitmap_) throw std::bad_alloc{};
    waiting_.reserve(4096);
}

void PostingBuilder::add(std::uint32_t value) {
    if (waiting_.size() == waiting_.capacity()) flush();
    waiting_.push_back(value);
    ++count_;
}

void PostingBuilder::flush() {
    roaring_bitmap_add_many(bitmap_.get(), waiting_.size(), waiting_.data());
    waiting_.clear();
}

std::vector<std::byte> PostingBuilder::freeze() {
    flush();
    roaring_bitmap_run_optimize(bitmap_.get());
    // CRoaring reads and writes its containers where they lie in this buffer.
    std::vector<std::byte> bytes(roaring_bitmap_frozen_size_in_bytes(bitmap_.get()) + 32);
    const std::size_t skew = (32 - reinterpret_cast<std::uintptr_t>(bytes.data()) % 32) % 32;
    roaring_bitmap_frozen_serialize(bitmap_.get(), reinterpret_cast<char*>(bytes.data()) + skew);
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(skew));
    bytes.resize(bytes.size() - (32 - skew));
    return bytes;
}

}  // namespace station::ledger::detail
