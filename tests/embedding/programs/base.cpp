#include <station/base/base64.hpp>
#include <station/base/numbers.hpp>

int main() { return station::base::base64("station") == "c3RhdGlvbg==" ? 0 : 1; }
