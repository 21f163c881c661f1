// Room for an operation of Asio's that must begin whatever memory is left: as a member of who begins it, one at a time
// (Asio's own example "custom allocation" is the model). Without it a thread that only wants to wait could be told that
// there is no memory for that, and where a coroutine waits, Asio ends the process by it (awaitable's await_suspend is
// noexcept).
//
// Belongs to one thread, unless its user knows better. Asio frees the room before it calls the handler.
#pragma once

#include <cstddef>
#include <new>
#include <station/base/assertion.hpp>
#include <station/net/asio.hpp>
#include <utility>

namespace station::final_station {

class HandlerMemory {
  public:
    HandlerMemory() = default;
    HandlerMemory(const HandlerMemory&) = delete;
    HandlerMemory& operator=(const HandlerMemory&) = delete;

    void* allocate(std::size_t size) {
        STATION_ASSERT(size <= sizeof room_);
        if (size > sizeof room_ || taken_) return ::operator new(size);
        taken_ = true;
        return room_;
    }
    void deallocate(void* room) {
        if (room != room_) return ::operator delete(room);
        taken_ = false;
    }

  private:
    alignas(std::max_align_t) std::byte room_[256];
    bool taken_ = false;
};

template <typename T>
class HandlerAllocator {
  public:
    using value_type = T;
    explicit HandlerAllocator(HandlerMemory& memory) : memory_(&memory) {}
    template <typename U>
    HandlerAllocator(const HandlerAllocator<U>& other) : memory_(other.memory_) {}
    template <typename U>
    bool operator==(const HandlerAllocator<U>& other) const {
        return memory_ == other.memory_;
    }

    T* allocate(std::size_t count) const { return static_cast<T*>(memory_->allocate(count * sizeof(T))); }
    void deallocate(T* room, std::size_t) const { memory_->deallocate(room); }

  private:
    template <typename>
    friend class HandlerAllocator;
    HandlerMemory* memory_;
};

// A completion handler whose operation lies in that memory.
template <typename Handler>
class InMemory {
  public:
    using allocator_type = HandlerAllocator<void>;
    using executor_type = asio::associated_executor_t<Handler, net::Executor>;

    InMemory(HandlerMemory& memory, asio::io_context& io, Handler handler)
        : memory_(memory), io_(io), handler_(std::move(handler)) {}

    allocator_type get_allocator() const noexcept { return allocator_type{memory_}; }
    executor_type get_executor() const noexcept { return asio::get_associated_executor(handler_, io_.get_executor()); }

    template <typename... Results>
    void operator()(Results&&... results) {
        std::move(handler_)(std::forward<Results>(results)...);
    }

  private:
    HandlerMemory& memory_;
    asio::io_context& io_;
    Handler handler_;
};

// Waits for a socket, for a coroutine.
inline net::Awaitable<std::error_code> async_wait_in(HandlerMemory& memory, asio::io_context& io, net::Socket& socket,
                                                     net::Socket::wait_type what) {
    const auto begin = [&](auto handler) { socket.async_wait(what, InMemory{memory, io, std::move(handler)}); };
    const auto [error] =
        co_await asio::async_initiate<decltype(net::use_tuple), void(std::error_code)>(begin, net::use_tuple);
    co_return error;
}

}  // namespace station::final_station
