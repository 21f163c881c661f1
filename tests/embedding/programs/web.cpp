#include <station/net/http_coding.hpp>

int main() { return station::net::gzip_whole("station").starts_with("\x1f\x8b") ? 0 : 1; }
