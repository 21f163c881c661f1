#include <station/app/options.hpp>

int main() {
    char name[] = "app";
    char option[] = "--port";
    char value[] = "7";
    char* arguments[] = {name, option, value, nullptr};
    return station::app::parse(3, arguments, {.name = "app"}).endpoint.port == 7 ? 0 : 1;
}
