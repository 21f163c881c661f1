// Connections that read, kept for the next who asks. Any thread.
#pragma once

#include <memory>
#include <station/base/guarded.hpp>
#include <vector>

#include "reader.hpp"

namespace station::chat {

class Readers {
  public:
    explicit Readers(log::Path file) : file_(std::move(file)) {}

    // What is here was of a file that is another now.
    void renew();

    // ask: Reader& -> Reader::Found<T>, all of it of one moment.
    template <typename Ask>
    auto run(Ask&& ask) -> decltype(ask(std::declval<Reader&>())) {
        auto taken = take();
        if (!taken) return tl::unexpected(taken.error());
        if (const auto error = taken->reader->begin()) return tl::unexpected(error);
        auto answer = ask(*taken->reader);
        taken->reader->end();
        if (answer) give_back(std::move(*taken));
        return answer;
    }

  private:
    struct Taken {
        std::unique_ptr<Reader> reader;
        std::uint64_t age = 0;
    };

    Reader::Found<Taken> take();
    void give_back(Taken taken);

    const log::Path file_;
    base::Mutex mutex_;
    std::vector<std::unique_ptr<Reader>> idle_ STATION_GUARDED_BY(mutex_);
    std::uint64_t age_ STATION_GUARDED_BY(mutex_) = 0;
};

}  // namespace station::chat
