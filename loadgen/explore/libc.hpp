// The C library's own functions, behind those of the same name that the explorer puts in their place.
#pragma once

#include <dlfcn.h>
#include <pthread.h>
#include <cstddef>
#include <type_traits>

namespace station::explore::libc {

template <typename Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

template <typename Argument>
long register_of(Argument argument) {
    if constexpr (std::is_pointer_v<Argument>) {
        return reinterpret_cast<long>(argument);
    } else if constexpr (std::is_null_pointer_v<Argument>) {
        return 0;
    } else {
        return static_cast<long>(argument);
    }
}

// As syscall(2).
template <typename... Arguments>
long system_call(long number, Arguments... arguments) {
    static auto* const original = next<long(long, ...)>("syscall");
    return original(number, register_of(arguments)...);
}

}  // namespace station::explore::libc

// Their names in glibc, which needs them itself for programs that bring a malloc() of their own.
extern "C" {
void* __libc_malloc(std::size_t size);
void __libc_free(void* memory);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}
