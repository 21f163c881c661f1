// How the drivers of the lab say that the log broke a promise: they throw, and whoever runs them says with which seed.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace station::lab {

class Broken : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

template <typename... Parts>
void expect(bool holds, const Parts&... parts) {
    if (holds) return;
    std::ostringstream text;
    (text << ... << parts);
    throw Broken{text.str()};
}

}  // namespace station::lab
