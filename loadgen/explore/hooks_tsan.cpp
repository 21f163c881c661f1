// The functions that -fsanitize=thread makes a program call: one for each access to memory and for each atomic
// operation (gcc/sanitizer.def, compiler-rt/include/sanitizer/tsan_interface*.h).
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <loadgen/explore/atomics.hpp>
#include <loadgen/explore/schedule.hpp>
#include <loadgen/explore/shadow.hpp>
#include <loadgen/explore/trace.hpp>

#define CALLER __builtin_return_address(0)

namespace station::explore {
namespace {

void plain(const void* address, std::size_t size, bool write, void* pc) {
    if (!watched() || size == 0) return;
    const Inside guard;
    count_plain_access();
    std::uint64_t value = 0;
    if (tells() && size <= sizeof value) std::memcpy(&value, address, size);
    const auto event = note({write ? Act::write : Act::read, write ? "writes @: $" : "reads @: #", "memory", address,
                             static_cast<std::uint32_t>(size), value, value},
                            pc);
    touch(address, size, write ? Access::write : Access::read, event);
}

template <typename Value>
Value load(const volatile Value* address, int order, void* pc) {
    if (!watched()) return __atomic_load_n(address, __ATOMIC_SEQ_CST);
    const Inside guard;
    point();
    return static_cast<Value>(load_atomic(address, sizeof(Value), *address, order, pc));
}

template <typename Value>
void store(volatile Value* address, Value value, int order, void* pc) {
    if (!watched()) {
        __atomic_store_n(address, value, __ATOMIC_SEQ_CST);
        return;
    }
    const Inside guard;
    point();
    const Value old = *address;
    *address = value;
    store_atomic(address, sizeof(Value), old, value, order, pc);
}

template <typename Value, typename Change>
Value change(volatile Value* address, int order, void* pc, Change to) {
    if (!watched()) {
        Value old = *address;
        while (!__atomic_compare_exchange_n(address, &old, to(old), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        }
        return old;
    }
    const Inside guard;
    point();
    const Value old = *address;
    *address = to(old);
    change_atomic(address, sizeof(Value), old, *address, order, pc);
    return old;
}

template <typename Value>
bool exchange_if(volatile Value* address, Value* expected, Value value, int order, int order_of_failure, void* pc) {
    if (!watched()) {
        return __atomic_compare_exchange_n(address, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }
    const Inside guard;
    point();
    const Value old = *address;
    if (old != *expected) {
        miss_atomic(address, sizeof(Value), old, order_of_failure, pc);
        *expected = old;
        return false;
    }
    *address = value;
    change_atomic(address, sizeof(Value), old, value, order, pc);
    return true;
}

}  // namespace
}  // namespace station::explore

using namespace station::explore;

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_ignore_thread_begin() {}
void __tsan_ignore_thread_end() {}

#define ACCESSES(size)                                                                      \
    void __tsan_read##size(void* at) { plain(at, size, false, CALLER); }                    \
    void __tsan_write##size(void* at) { plain(at, size, true, CALLER); }                    \
    void __tsan_read_write##size(void* at) { plain(at, size, true, CALLER); }               \
    void __tsan_unaligned_read##size(void* at) { plain(at, size, false, CALLER); }          \
    void __tsan_unaligned_write##size(void* at) { plain(at, size, true, CALLER); }          \
    void __tsan_unaligned_read_write##size(void* at) { plain(at, size, true, CALLER); }     \
    void __tsan_volatile_read##size(void* at) { plain(at, size, false, CALLER); }           \
    void __tsan_volatile_write##size(void* at) { plain(at, size, true, CALLER); }           \
    void __tsan_unaligned_volatile_read##size(void* at) { plain(at, size, false, CALLER); } \
    void __tsan_unaligned_volatile_write##size(void* at) { plain(at, size, true, CALLER); }
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

void __tsan_read_range(void* at, std::size_t size) { plain(at, size, false, CALLER); }
void __tsan_write_range(void* at, std::size_t size) { plain(at, size, true, CALLER); }
void __tsan_vptr_read(void** at) { plain(at, sizeof *at, false, CALLER); }
void __tsan_vptr_update(void** at, void* value) {
    if (*at != value) plain(at, sizeof *at, true, CALLER);
}

void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
    plain(from, size, false, CALLER);
    plain(to, size, true, CALLER);
    const Inside guard;
    return std::memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, std::size_t size) {
    plain(from, size, false, CALLER);
    plain(to, size, true, CALLER);
    return std::memmove(to, from, size);
}
void* __tsan_memset(void* to, int byte, std::size_t size) {
    plain(to, size, true, CALLER);
    return std::memset(to, byte, size);
}

#define ATOMICS(bits, Value)                                                                                          \
    Value __tsan_atomic##bits##_load(const volatile Value* at, int order) { return load(at, order, CALLER); }         \
    void __tsan_atomic##bits##_store(volatile Value* at, Value value, int order) { store(at, value, order, CALLER); } \
    Value __tsan_atomic##bits##_exchange(volatile Value* at, Value value, int order) {                                \
        return change(at, order, CALLER, [value](Value) { return value; });                                           \
    }                                                                                                                 \
    Value __tsan_atomic##bits##_fetch_add(volatile Value* at, Value value, int order) {                               \
        return change(at, order, CALLER, [value](Value old) { return static_cast<Value>(old + value); });             \
    }                                                                                                                 \
    Value __tsan_atomic##bits##_fetch_sub(volatile Value* at, Value value, int order) {                               \
        return change(at, order, CALLER, [value](Value old) { return static_cast<Value>(old - value); });             \
    }                                                                                                                 \
    Value __tsan_atomic##bits##_fetch_and(volatile Value* at, Value value, int order) {                               \
        return change(at, order, CALLER, [value](Value old) { return static_cast<Value>(old & value); });             \
    }                                                                                                                 \
    Value __tsan_atomic##bits##_fetch_or(volatile Value* at, Value value, int order) {                                \
        return change(at, order, CALLER, [value](Value old) { return static_cast<Value>(old | value); });             \
    }                                                                                                                 \
    Value __tsan_atomic##bits##_fetch_xor(volatile Value* at, Value value, int order) {                               \
        return change(at, order, CALLER, [value](Value old) { return static_cast<Value>(old ^ value); });             \
    }                                                                                                                 \
    Value __tsan_atomic##bits##_fetch_nand(volatile Value* at, Value value, int order) {                              \
        return change(at, order, CALLER, [value](Value old) { return static_cast<Value>(~(old & value)); });          \
    }                                                                                                                 \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile Value* at, Value* expected, Value value, int order,    \
                                                      int order_of_failure) {                                         \
        return exchange_if(at, expected, value, order, order_of_failure, CALLER);                                     \
    }                                                                                                                 \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile Value* at, Value* expected, Value value, int order,      \
                                                    int order_of_failure) {                                           \
        return exchange_if(at, expected, value, order, order_of_failure, CALLER);                                     \
    }                                                                                                                 \
    Value __tsan_atomic##bits##_compare_exchange_val(volatile Value* at, Value expected, Value value, int order,      \
                                                     int order_of_failure) {                                          \
        exchange_if(at, &expected, value, order, order_of_failure, CALLER);                                           \
        return expected;                                                                                              \
    }
ATOMICS(8, std::uint8_t)
ATOMICS(16, std::uint16_t)
ATOMICS(32, std::uint32_t)
ATOMICS(64, std::uint64_t)

void __tsan_atomic_thread_fence(int order) {
    if (!watched()) return;
    const Inside guard;
    fence(order, CALLER);
}
void __tsan_atomic_signal_fence(int) {}

// With these a library says that it locks by an atomic of its own: the std::atomic<std::shared_ptr> of g++ 14 does.
// That atomic is seen like any other, which is enough.
void __tsan_mutex_create(void*, unsigned) {}
void __tsan_mutex_destroy(void*, unsigned) {}
void __tsan_mutex_pre_lock(void*, unsigned) {}
void __tsan_mutex_post_lock(void*, unsigned, int) {}
int __tsan_mutex_pre_unlock(void*, unsigned) { return 0; }
void __tsan_mutex_post_unlock(void*, unsigned) {}
void __tsan_mutex_pre_signal(void*, unsigned) {}
void __tsan_mutex_post_signal(void*, unsigned) {}

}  // extern "C"
