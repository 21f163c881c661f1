// Keeps a read-only bus up to date with the process that writes the folder: wakes up when the kernel says that a file
// has changed (inotify) and moves each topic's watermark over the valid records it finds. They may be seen a moment
// before they are acknowledged.
#pragma once

#include <memory>
#include <station/log/detail/topic_state.hpp>
#include <vector>

namespace station::log {

class Follower {
  public:
    // The topics must outlive it.
    Follower(OpenFiles& files, std::vector<TopicState*> topics, std::size_t index_stride);
    ~Follower();

  private:
    class Thread;
    std::unique_ptr<Thread> thread_;
};

// Moves the watermark of one topic over what has been added to its files since.
void catch_up(OpenFiles& files, TopicState& topic, std::size_t index_stride);

}  // namespace station::log
