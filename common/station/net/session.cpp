#include <station/net/session.hpp>
#include <station/net/sockets.hpp>

namespace station::net {
namespace {

// Replies are sent when all that was read is answered, or when there are this many bytes of them.
constexpr std::size_t kFlushBytes = 65536;

// Answers lines until there is no whole one left or enough to send. True: the connection's last reply is among them.
bool answer(SessionContext& context, const LineServer::Handler& handler, wire::LineBuffer& lines, std::string& out,
            bool& more) {
    bool last = false;
    more = false;
    while (!context.stopping.load(std::memory_order_relaxed)) {
        if (out.size() >= kFlushBytes) {
            more = true;
            break;
        }
        const wire::Line line = lines.next();
        if (line.status == wire::LineStatus::incomplete) break;
        const bool too_long = line.status == wire::LineStatus::too_long;
        const wire::Reply reply = too_long ? wire::error_line_too_long() : handler(line.text);
        out += reply.text;
        out += '\n';
        last = last || reply.last;
        if (too_long) break;
    }
    return last;
}

}  // namespace

asio::awaitable<ReadResult> read_some(SessionContext& context, tcp::socket& socket, std::span<char> room) {
    const auto buffer = asio::buffer(room.data(), room.size());
    context.reading.insert(&socket);
    auto [error, bytes] = co_await socket.async_read_some(buffer, use_tuple);
    context.reading.erase(&socket);
    if (error == asio::error::operation_aborted && context.ending) bytes = socket.read_some(buffer, error);
    co_return ReadResult{error, bytes};
}

asio::awaitable<void> serve(SessionContext& context, const LineServer::Handler& handler, tcp::socket socket) {
    const OpenConnection counted{context};
    wire::LineBuffer lines{context.max_line};
    std::string out;
    bool last = false;
    while (!last && !context.ending) {
        const ReadResult read = co_await read_some(context, socket, lines.prepare());
        if (read.error) break;
        lines.commit(read.bytes);
        for (bool more = true; more;) {
            last = answer(context, handler, lines, out, more) || last;
            if (context.stopping) co_return;
            const auto [error, bytes] = co_await asio::async_write(socket, asio::buffer(out), use_tuple);
            if (error) co_return;
            out.clear();
        }
    }
    co_await async_close_gently(socket);
}

}  // namespace station::net
