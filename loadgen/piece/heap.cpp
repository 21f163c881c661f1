#include <loadgen/piece/heap.hpp>

#include <sys/mman.h>
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

// The program is linked so that calls of malloc() in what was compiled for it come here.
extern "C" void* __real_malloc(std::size_t size);

namespace station::piece {
namespace {

constexpr std::size_t kPlace = std::size_t{1} << 20;

thread_local bool no_memory = false;
std::atomic<std::int64_t> in_use{0};
std::byte* place = nullptr;  // given out from its front to its back; nothing in it is given twice
std::atomic<std::size_t> given{0};

bool lies_in_place(const void* block) { return place != nullptr && block >= place && block < place + kPlace; }

void* take_from_place(std::size_t size, std::size_t alignment) {
    std::size_t from = given.load();
    std::size_t begin = 0;
    do {
        begin = (from + alignment - 1) / alignment * alignment;
        if (begin + size > kPlace) return nullptr;
    } while (!given.compare_exchange_weak(from, begin + size));
    return place + begin;
}

void* take(std::size_t size, std::size_t alignment) {
    if (no_memory) return nullptr;
    alignment = std::max(alignment, alignof(std::max_align_t));
    void* const block = place != nullptr ? take_from_place(size, alignment)
                                         : std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
    if (block != nullptr) ++in_use;
    return block;
}

void* take_or_throw(std::size_t size, std::size_t alignment) {
    void* const block = take(size, alignment);
    if (block == nullptr) throw std::bad_alloc{};
    return block;
}

void give_back(void* block) {
    if (block == nullptr) return;
    --in_use;
    if (!lies_in_place(block)) std::free(block);
}

}  // namespace

NoMemory::NoMemory() { no_memory = true; }

NoMemory::~NoMemory() { no_memory = false; }

std::int64_t blocks_in_use() { return in_use; }

SearchedHeap::SearchedHeap() {
    void* const pages = ::mmap(nullptr, kPlace, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) std::abort();
    given = 0;
    place = static_cast<std::byte*>(pages);
}

SearchedHeap::~SearchedHeap() {
    void* const pages = place;
    place = nullptr;
    ::munmap(pages, kPlace);
}

std::vector<std::int64_t*> SearchedHeap::find(std::int64_t value) const {
    std::vector<std::int64_t*> found;
    auto* const words = reinterpret_cast<std::int64_t*>(place);
    for (std::size_t i = 0; i < given / sizeof(std::int64_t); ++i) {
        if (words[i] == value) found.push_back(&words[i]);
    }
    return found;
}

}  // namespace station::piece

using station::piece::give_back;
using station::piece::take;
using station::piece::take_or_throw;

extern "C" void* __wrap_malloc(std::size_t size) { return station::piece::no_memory ? nullptr : __real_malloc(size); }

void* operator new(std::size_t size) { return take_or_throw(size, 1); }
void* operator new[](std::size_t size) { return take_or_throw(size, 1); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size, 1); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return take(size, 1); }
void* operator new(std::size_t size, std::align_val_t at) { return take_or_throw(size, std::size_t(at)); }
void* operator new[](std::size_t size, std::align_val_t at) { return take_or_throw(size, std::size_t(at)); }
void operator delete(void* block) noexcept { give_back(block); }
void operator delete[](void* block) noexcept { give_back(block); }
void operator delete(void* block, std::size_t) noexcept { give_back(block); }
void operator delete[](void* block, std::size_t) noexcept { give_back(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { give_back(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { give_back(block); }
void operator delete(void* block, std::align_val_t) noexcept { give_back(block); }
void operator delete[](void* block, std::align_val_t) noexcept { give_back(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { give_back(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { give_back(block); }
