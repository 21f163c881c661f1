// Redis: a stream with a cursor for each reader (XADD, XRANGE, XREAD), and PUBLISH/SUBSCRIBE, which stores nothing.
#include "protocol.hpp"
#include "resp.hpp"

namespace station::peers {
namespace {

constexpr std::string_view kKey = "peers";

// XRANGE answers [[id, [field, value]], …]; XREAD has the same in [[key, …]].
constexpr std::size_t kRangeDepth = 0;
constexpr std::size_t kReadDepth = 2;

// A command whose last word is the payload. What comes before it changes only with the payload's size, and is not put
// together again for each event.
class PublishCommand {
  public:
    explicit PublishCommand(std::vector<std::string_view> words) : words_{std::move(words)} {}

    void put(std::string_view payload, Buffer& out) {
        if (head_.empty() || payload.size() != size_) rebuild(payload.size());
        out.put(head_);
        out.put(payload);
        out.put("\r\n");
    }

  private:
    void rebuild(std::size_t size) {
        size_ = size;
        head_ = "*" + std::to_string(words_.size() + 1) + "\r\n";
        for (const std::string_view word : words_) {
            head_ += "$" + std::to_string(word.size()) + "\r\n";
            head_ += word;
            head_ += "\r\n";
        }
        head_ += "$" + std::to_string(size) + "\r\n";
    }

    std::vector<std::string_view> words_;
    std::size_t size_ = 0;
    std::string head_;
};

class RedisStreams final : public Protocol {
  public:
    explicit RedisStreams(const ProtocolOptions& options) : role_{options.role}, page_{std::to_string(options.page)} {}

    void publish(std::string_view payload, Buffer& out) override { publish_.put(payload, out); }

    void subscribe(Buffer& out) override { ask_for_page(out); }

    void take(Buffer& in, Buffer& out, Sink& sink) override {
        std::string_view bytes = in.view();
        RespPiece piece;
        while (reader_.next(bytes, piece)) {
            if (piece.kind == RespPiece::Kind::error) {
                sink.refused(piece.text);
            } else if (role_ == Role::publisher) {
                sink.acknowledged();
            } else {
                take_entry(piece, out, sink);
            }
        }
        in.drop(in.size() - bytes.size());
    }

  private:
    void take_entry(const RespPiece& piece, Buffer& out, Sink& sink) {
        const std::size_t depth = role_ == Role::replayer ? kRangeDepth : kReadDepth;
        if (piece.kind == RespPiece::Kind::bulk_string) {
            if (piece.depth == depth + 2 && piece.index == 0) last_id_ = piece.text;
            if (piece.depth == depth + 3 && piece.index == 1) sink.message(piece.text);
        }
        const bool empty = piece.depth == 0;
        if (piece.ends_reply && !empty) ask_for_page(out);
    }

    void ask_for_page(Buffer& out) {
        if (role_ == Role::replayer) {
            const std::string from = last_id_.empty() ? "-" : "(" + last_id_;
            put_command(out, {"XRANGE", kKey, from, "+", "COUNT", page_});
        } else {
            const std::string_view from = last_id_.empty() ? "$" : std::string_view{last_id_};
            put_command(out, {"XREAD", "COUNT", page_, "BLOCK", "0", "STREAMS", kKey, from});
        }
    }

    Role role_;
    std::string page_;
    std::string last_id_;
    PublishCommand publish_{{"XADD", kKey, "*", "d"}};
    RespReader reader_;
};

class RedisPubSub final : public Protocol {
  public:
    explicit RedisPubSub(const ProtocolOptions& options) : role_{options.role} {}

    void publish(std::string_view payload, Buffer& out) override { publish_.put(payload, out); }

    void subscribe(Buffer& out) override { put_command(out, {"SUBSCRIBE", kKey}); }

    void take(Buffer& in, Buffer&, Sink& sink) override {
        std::string_view bytes = in.view();
        RespPiece piece;
        while (reader_.next(bytes, piece)) {
            if (piece.kind == RespPiece::Kind::error) {
                sink.refused(piece.text);
            } else if (role_ == Role::publisher) {
                sink.acknowledged();
            } else if (piece.kind == RespPiece::Kind::bulk_string && piece.index == 2) {
                sink.message(piece.text);  // ["message", channel, payload]
            }
        }
        in.drop(in.size() - bytes.size());
    }

  private:
    Role role_;
    PublishCommand publish_{{"PUBLISH", kKey}};
    RespReader reader_;
};

}  // namespace

std::unique_ptr<Protocol> make_redis_streams(const ProtocolOptions& options) {
    return std::make_unique<RedisStreams>(options);
}

std::unique_ptr<Protocol> make_redis_pubsub(const ProtocolOptions& options) {
    return std::make_unique<RedisPubSub>(options);
}

}  // namespace station::peers
