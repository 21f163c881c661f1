// Cuts a torn tail off a topic's last segment, once what is cut is safe in a file beside it:
//
//   1. the bytes behind the cut are copied to log-….torn-<position> and synced, and so is their name;
//   2. segments behind it are renamed to log-….torn-0, the last one first, and their indexes removed;
//   3. the segment is cut, and synced.
//
// Whatever comes in between, the next start finds a tail to cut, or the log as it shall be. Step 1 alone needs room,
// and changes nothing: where the disk is full, the cut can wait, since nothing is written to the topic before it is
// made.
//
// No bytes of a file that is there are ever overwritten: names that are taken get a number (….torn-0-2).
#pragma once

#include <cstdint>
#include <optional>
#include <station/log/detail/open_files.hpp>
#include <station/log/error.hpp>
#include <string>
#include <vector>

namespace station::log {

class TornCut {
  public:
    using Failure = std::optional<Error>;

    // `behind`: the numbers of the segments behind the one that is cut.
    TornCut(OpenFiles& disk, const Path& folder, std::uint32_t segment, std::uint64_t at,
            std::vector<std::uint32_t> behind);

    // Both may be called again after an error. One thread at a time.
    Failure keep();
    Failure cut();

    const Path& segment() const { return segment_; }
    std::uint64_t at() const { return at_; }
    // Known after keep(): how many bytes that is, and where they are; empty where they are all zeros.
    std::uint64_t bytes() const { return bytes_; }
    const std::string& kept_in() const { return kept_in_; }
    const std::vector<std::string>& set_aside() const { return set_aside_; }

  private:
    Expected<Path> free_name(std::uint32_t number, std::uint64_t position) const;
    Failure copy(File& file, std::uint64_t end);
    Failure set_aside(std::uint32_t number);

    OpenFiles& disk_;
    const Path folder_;
    const Path segment_;
    const std::uint32_t number_;
    const std::uint64_t at_;
    std::vector<std::uint32_t> behind_;
    std::uint64_t bytes_ = 0;
    std::string kept_in_;
    std::vector<std::string> set_aside_;
    bool kept_ = false;
};

}  // namespace station::log
