// A header of station's that needs another library's: the package brings it along.
#include <station/flow/bounded_channel.hpp>

int main() {
    station::flow::BoundedChannel<int> channel{1};
    const bool is_bounded =
        channel.try_push(42) == station::flow::Push::ok && channel.try_push(43) == station::flow::Push::full;
    return is_bounded && channel.pop() == 42 ? 0 : 1;
}
