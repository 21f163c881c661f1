// The log with Asio's completion tokens: components log and asio.
#include <asio/use_future.hpp>
#include <station/log/async.hpp>
#include <station/log/bus.hpp>

int main(int, char** argv) {
    auto bus = station::log::Bus::open({.dir = argv[1]});
    if (!bus) return 1;
    auto topic = bus->topic("async");
    if (!topic) return 1;
    return topic->async_publish("event", asio::use_future).get().offset == 0 ? 0 : 1;
}
