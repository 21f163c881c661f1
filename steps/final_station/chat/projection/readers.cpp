#include "readers.hpp"

namespace station::chat {
namespace {

constexpr std::size_t kKept = 8;

}  // namespace

void Readers::renew() {
    std::vector<std::unique_ptr<Reader>> old;
    const base::Lock lock{mutex_};
    ++age_;
    old.swap(idle_);
}

Reader::Found<Readers::Taken> Readers::take() {
    Taken taken;
    {
        const base::Lock lock{mutex_};
        taken.age = age_;
        if (!idle_.empty()) {
            taken.reader = std::move(idle_.back());
            idle_.pop_back();
            return taken;
        }
    }
    auto opened = Reader::open(file_);
    if (!opened) return tl::unexpected(opened.error());
    taken.reader = std::make_unique<Reader>(std::move(*opened));
    return taken;
}

void Readers::give_back(Taken taken) {
    const base::Lock lock{mutex_};
    if (taken.age == age_ && idle_.size() < kKept) idle_.push_back(std::move(taken.reader));
}

}  // namespace station::chat
