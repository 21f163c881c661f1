BODY_FIRST = "    const auto known = post->find(post->key());\n"
APPEND = ("    post->append(known, post->key(), [post, known, then = std::move(then)](Answer<Post::Written> answer) {\n")
ANSWER = """        if (!answer && known && answer.error().reason == kExists) {
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
"""

right("one-case-after-the-other", edits=[(BODY_FIRST, """    const Id key = post->key();
    std::optional<Post::First> there = post->find(key);
"""), (APPEND, "    post->append(there, key, [=](Answer<Post::Written> result) {\n"), (ANSWER, """        if (result.has_value()) {
            Post::Written written = result.value();
            if (!written.duplicate) {
                post->tell(written);
                then(written);
                return;
            }
            auto winner = post->find(key);
            if (!winner.has_value() || winner->own) {
                then(written);
            } else {
                then(tl::make_unexpected(refusal("client_message_id_taken")));
            }
            return;
        }
        const bool is_there = result.error().reason == std::string{kExists};
        if (is_there && there.has_value()) {
            Post::Written written;
            written.id = there->id;
            written.sequence = there->sequence;
            written.duplicate = true;
            then(written);
        } else {
            then(tl::make_unexpected(result.error()));
        }
    });
""")])

right("whoever-waits-is-an-object", edits=[("void post_once(const std::shared_ptr<Post>& post, Post::Done then) {\n", """
namespace {

struct Attempt {
    std::shared_ptr<Post> post;
    std::optional<Post::First> seen;
    Post::Done then;

    void come(Answer<Post::Written> answer) const {
        if (answer) {
            answer->duplicate ? late(*answer) : first(*answer);
        } else if (seen && answer.error().reason == kExists) {
            then(Post::Written{seen->id, seen->sequence, 0, true});
        } else {
            then(std::move(answer));
        }
    }
    void first(const Post::Written& written) const {
        post->tell(written);
        then(written);
    }
    void late(const Post::Written& written) const {
        const auto winner = post->find(post->key());
        if (winner && !winner->own) return then(refused("client_message_id_taken"));
        then(written);
    }
};

}  // namespace

void post_once(const std::shared_ptr<Post>& post, Post::Done then) {
    const auto attempt = std::make_shared<Attempt>(Attempt{post, post->find(post->key()), std::move(then)});
    post->append(attempt->seen, post->key(), [attempt](Answer<Post::Written> answer) { attempt->come(answer); });
"""), (BODY_FIRST, ""), (APPEND, ""), (ANSWER, "")])
