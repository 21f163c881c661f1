// Where a publisher's events come from.
#pragma once

#include <string>

namespace station::final_station {

class EventSource {
  public:
    virtual ~EventSource() = default;
    // The next event; false where there is none right now.
    virtual bool next(std::string& payload) = 0;
    virtual bool at_end() const = 0;
    // A descriptor to wait for, and what to do once there is something to be read; -1 where next() never waits.
    virtual int descriptor() const { return -1; }
    virtual void read() {}
};

}  // namespace station::final_station
