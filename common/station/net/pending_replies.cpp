#include <station/net/pending_replies.hpp>
#include <station/net/responder.hpp>

namespace station::net {

std::uint64_t PendingReplies::reserve() {
    const std::lock_guard lock{mutex_};
    replies_.emplace_back();
    return first_ + replies_.size() - 1;
}

void PendingReplies::complete(std::uint64_t request, wire::Reply reply) {
    {
        const std::lock_guard lock{mutex_};
        replies_[static_cast<std::size_t>(request - first_)] = std::move(reply);
        if (woken_ || request != first_) return;
        woken_ = true;
    }
    wake_();
}

PendingReplies::Ready PendingReplies::take_ready(std::string& out) {
    const std::lock_guard lock{mutex_};
    Ready ready;
    while (!replies_.empty() && replies_.front()) {
        out += replies_.front()->text;
        out += '\n';
        ready.last = ready.last || replies_.front()->last;
        replies_.pop_front();
        ++first_;
    }
    ready.left = replies_.size();
    woken_ = false;
    return ready;
}

void Responder::operator()(wire::Reply reply) const { replies_->complete(request_, std::move(reply)); }

}  // namespace station::net
