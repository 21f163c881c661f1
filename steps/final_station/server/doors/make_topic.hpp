// A topic by its name, made if need be, for a coroutine of an I/O thread, which goes on with other things meanwhile.
#pragma once

#include <memory>
#include <string>

#include "server/async_flag.hpp"
#include "server/io_thread.hpp"

namespace station::final_station {

inline net::Awaitable<Topics::Made> find_or_make(IoThread& thread, std::string name) {
    if (const auto found = thread.station.find(name)) co_return *found;
    struct Waiting {
        Topics::Made made = tl::unexpected(make_error_code(log::Errc::closed));
        AsyncFlag there;
    };
    const auto waiting = std::make_shared<Waiting>();
    thread.station.registry.make(std::move(name), thread.mailbox, [waiting](Topics::Made made) {
        waiting->made = std::move(made);
        waiting->there.raise();
    });
    co_await waiting->there.wait();
    co_return waiting->made;
}

}  // namespace station::final_station
