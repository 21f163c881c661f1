WAY_OF_READING = """        std::size_t bytes = 0;
        const bool much = lines.last_commit() > first.size();
        if (much) {
            std::tie(error) = co_await socket.async_wait(net::Socket::wait_read, net::use_tuple);
        } else {
            std::tie(error, bytes) = co_await socket.async_read_some(asio::buffer(first), net::use_tuple);
        }
        if (!error) error = net::receive(socket, {first.data(), bytes}, much || bytes == first.size(), lines);
        if (error == asio::error::would_block) continue;
        if (error) co_return;
"""

right("wait-then-read", edits=[
    (WAY_OF_READING, """        std::tie(error) = co_await socket.async_wait(net::Socket::wait_read, net::use_tuple);
        if (error) co_return;
        error = net::receive(socket, {first.data(), 0}, true, lines);
        if (error == asio::error::would_block) continue;
        if (error) co_return;
"""),
    ("""            const auto sent = socket.write_some(asio::buffer(run.text), error);
            if (sent < run.text.size() && co_await net::async_send(socket, run.text.substr(sent))) co_return;
""", """            if (co_await net::async_send(socket, run.text)) co_return;
"""),
])

right("small-buffer-only", edits=[
    (WAY_OF_READING, """        std::size_t bytes = 0;
        std::tie(error, bytes) = co_await socket.async_read_some(asio::buffer(first), net::use_tuple);
        if (error) co_return;
        error = net::receive(socket, {first.data(), bytes}, false, lines);
        if (error) co_return;
"""),
    ("""        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), block, max_line), asio::detached);
""", """        net::Awaitable<void> client = serve(std::move(socket), block, max_line);
        asio::co_spawn(acceptor.get_executor(), std::move(client), asio::detached);
"""),
])
