// The disk without a log: writes and syncs a file as barely as it can be done, one record at a time.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <station/base/descriptor.hpp>
#include <string>
#include <vector>

namespace station::final_station {

class BareFile {
  public:
    BareFile(const std::string& path, bool zeroed)
        : path_(path), fd_(::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644)) {
        constexpr std::size_t kFile = std::size_t{64} << 20;
        const std::vector<char> zeros(std::size_t{1} << 20);
        for (std::size_t at = 0; zeroed && at < kFile; at += zeros.size()) {
            good_ = good_ && ::write(fd_.get(), zeros.data(), zeros.size()) > 0;
        }
        good_ = good_ && fd_ && ::fsync(fd_.get()) == 0;
    }
    BareFile(const BareFile&) = delete;
    BareFile& operator=(const BareFile&) = delete;
    ~BareFile() { ::unlink(path_.c_str()); }

    // A write and an fdatasync.
    bool append(const std::string& data) {
        good_ = good_ && ::pwrite(fd_.get(), data.data(), data.size(), at_) > 0 && ::fdatasync(fd_.get()) == 0;
        at_ += static_cast<off_t>(data.size());
        return good_;
    }

    // How many of them a second, tried for so long; 0 where the disk refuses.
    double pairs_per_second(const std::string& data, std::chrono::duration<double> time) {
        using Clock = std::chrono::steady_clock;
        const auto began = Clock::now();
        std::size_t pairs = 0;
        while (Clock::now() - began < time) {
            if (!append(data)) return 0;
            ++pairs;
        }
        return static_cast<double>(pairs) / std::chrono::duration<double>{Clock::now() - began}.count();
    }

  private:
    std::string path_;
    base::Descriptor fd_;
    off_t at_ = 0;
    bool good_ = true;
};

}  // namespace station::final_station
