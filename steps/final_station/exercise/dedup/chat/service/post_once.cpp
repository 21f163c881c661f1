// Exercise "dedup": who gets no answer sends again. What was posted is remembered here, and looked for before anything
// is posted.
#include "chat/service/post_once.hpp"

// ---- your part: what it needs ----
#include <map>
#include <mutex>
#include <utility>
// ---- end of your part ----

namespace station::chat {

void post_once(const std::shared_ptr<Post>& post, Post::Done then) {
    // ---- your part: who else looks, between your look and your append? And who remembers it tomorrow? ----
    static std::mutex mutex;
    static std::map<Id, Post::Written> remembered;
    std::optional<Post::Written> there;
    {
        const std::lock_guard lock{mutex};
        if (const auto found = remembered.find(post->key()); found != remembered.end()) there = found->second;
    }
    if (there) {
        there->duplicate = true;
        return then(*there);
    }
    post->append(std::nullopt, std::nullopt, [post, then = std::move(then)](Answer<Post::Written> answer) {
        if (answer) {
            const std::lock_guard lock{mutex};
            remembered.emplace(post->key(), *answer);
        }
        if (answer) post->tell(*answer);
        then(std::move(answer));
    });
    // ---- end of your part ----
}

}  // namespace station::chat
