#include "chat/service/post_once.hpp"

#include <utility>

namespace station::chat {

void post_once(const std::shared_ptr<Post>& post, Post::Done then) {
    const auto known = post->find(post->key());
    post->append(known, post->key(), [post, known, then = std::move(then)](Answer<Post::Written> answer) {
        if (!answer && known && answer.error().reason == kExists) {
            return then(Post::Written{.id = known->id, .sequence = known->sequence, .duplicate = true});
        }
        if (answer && !answer->duplicate) post->tell(*answer);
        if (answer && answer->duplicate) {
            // Who was first may have been another.
            const auto first = post->find(post->key());
            if (first && !first->own) return then(refused("client_message_id_taken"));
        }
        then(std::move(answer));
    });
}

}  // namespace station::chat
