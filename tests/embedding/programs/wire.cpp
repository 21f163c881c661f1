// JSON is read behind this header, and its reader is not the user's concern.
#include <station/wire/request.hpp>

int main() {
    const auto event = station::wire::parse_event(R"({"user":"alice","action":"sell","amount":7})");
    return event && event->change() == -7 && !station::wire::parse_event("{") ? 0 : 1;
}
