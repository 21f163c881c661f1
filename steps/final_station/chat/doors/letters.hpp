// How a coroutine of a connection waits for what is answered elsewhere: by the log's threads, the passwords', the
// projection's, or the pool's that wait for the disk. The answer comes by the mailbox of the connection's thread.
//
// Belongs to the connection's thread. g++ 12 mishandles temporaries inside of a co_await expression: what is passed
// has a name first.
#pragma once

#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "engine/mailbox.hpp"
#include "engine/reader_pool.hpp"
#include "server/async_flag.hpp"
#include "server/io_thread.hpp"

namespace station::chat {

// One answer on its way. Whoever sends it may be on any thread, and may send it before anybody waits.
template <typename T>
class Letter final : public final_station::Mailbox::Item, public std::enable_shared_from_this<Letter<T>> {
  public:
    explicit Letter(final_station::Mailbox& mailbox) : mailbox_(mailbox) {}

    void send(T value) {
        value_.emplace(std::move(value));
        on_its_way_ = this->shared_from_this();
        mailbox_.push(*this);
    }
    void arrived() override {
        const auto stays = std::exchange(on_its_way_, nullptr);
        came_.raise();
    }
    net::Awaitable<void> wait() { return came_.wait(); }
    T& value() { return *value_; }

  private:
    final_station::Mailbox& mailbox_;
    std::shared_ptr<Letter> on_its_way_;
    std::optional<T> value_;
    final_station::AsyncFlag came_;
};

// begin: called at once with a std::function<void(T)>, which is called once, on any thread.
template <typename T, typename Begin>
net::Awaitable<T> answer_of(final_station::IoThread& thread, const Begin& begin) {
    const auto letter = std::make_shared<Letter<T>>(thread.mailbox);
    begin([letter](T value) { letter->send(std::move(value)); });
    co_await letter->wait();
    co_return std::move(letter->value());
}

template <typename T, typename Read>
class Reading final : public final_station::ReaderPool::Work, public std::enable_shared_from_this<Reading<T, Read>> {
  public:
    explicit Reading(Read read) : read_(std::move(read)) {}

    void submit(final_station::IoThread& thread) {
        on_its_way_ = this->shared_from_this();
        thread.station.readers.submit(*this, thread.mailbox);
    }
    void wait_for_disk() noexcept override try { value_.emplace(read_()); } catch (const std::bad_alloc&) {
        // The one who waits is told so.
    }
    void arrived() override {
        const auto stays = std::exchange(on_its_way_, nullptr);
        came_.raise();
    }
    net::Awaitable<void> wait() { return came_.wait(); }
    T& value() {
        if (!value_) throw std::bad_alloc{};
        return *value_;
    }

  private:
    Read read_;
    std::shared_ptr<Reading> on_its_way_;
    std::optional<T> value_;
    final_station::AsyncFlag came_;
};

// read: called once, on a thread that may wait; what it looks at must stay as long as the chat does.
template <typename Read, typename T = std::invoke_result_t<Read&>>
net::Awaitable<T> read_in_pool(final_station::IoThread& thread, Read read) {
    const auto reading = std::make_shared<Reading<T, Read>>(std::move(read));
    reading->submit(thread);
    co_await reading->wait();
    co_return std::move(reading->value());
}

}  // namespace station::chat
