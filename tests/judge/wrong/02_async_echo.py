SPAWN = "        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), block, max_line), asio::detached);\n"
ANSWER = """            const auto sent = socket.write_some(asio::buffer(run.text), error);
            if (sent < run.text.size() && co_await net::async_send(socket, run.text.substr(sent))) co_return;
"""
CHRONO = ("#include <array>\n", "#include <array>\n#include <chrono>\n#include <thread>\n")

# The zoo's.
wrong("one-client-at-a-time", requirement="nobody-waits", cause="one client at a time", caught="step02.all-at-once",
      why="the accept loop waits until the client has left",
      edits=[(SPAWN, "        co_await serve(std::move(socket), block, max_line);\n")])
wrong("handler-that-sleeps", requirement="nobody-waits", cause="Clients wait behind clients",
      caught="step02.all-at-once",
      why="a handler sleeps on the event loop's thread",
      edits=[(ANSWER, "            std::this_thread::sleep_for(std::chrono::milliseconds{100});\n" + ANSWER), CHRONO])
wrong("waits-for-the-line", requirement="nobody-waits", cause="somebody waits for a client that is slow",
      caught="step02.half-a-line",
      why="half a line is waited for with a blocking read",
      edits=[("        if (error == asio::error::would_block) continue;\n        if (error) co_return;\n",
              """        if (error == asio::error::would_block) continue;
        if (error) co_return;
        while (!error && lines.unfinished()) {
            socket.non_blocking(false, error);
            bytes = socket.read_some(asio::buffer(first), error);
            if (!error) error = net::receive(socket, {first.data(), bytes}, false, lines);
            break;
        }
        socket.non_blocking(true, error);
""".replace("lines.unfinished()", "bytes > 0 && first[bytes - 1] != '\\n'"))])
wrong("half-line-dropped", requirement="as-before", cause="a line split anywhere comes back whole", caught="echo-split",
      why="what one read left unfinished is forgotten",
      edits=[("    wire::LineBuffer lines{block, max_line};\n", ""),
             ("        std::size_t bytes = 0;\n",
              "        wire::LineBuffer lines{block, max_line};\n        std::size_t bytes = 0;\n")])
wrong("one-line-a-read", requirement="as-before", cause="two lines in one write come back as two",
      caught="echo-two-lines",
      why="only the first line of each read is answered",
      edits=[("        wire::Line run = lines.next_run();\n"
              "        for (; run.status == wire::LineStatus::complete; run = lines.next_run()) {\n" + ANSWER +
               "        }\n",
              "        wire::Line run = lines.next();\n"
              "        if (run.status == wire::LineStatus::complete && "
               "co_await net::async_send(socket, std::string{run.text} + '\\n')) co_return;\n")])
wrong("leak-per-connection", requirement="goes-on", cause="a leak", caught="step02.leavers-leave-nothing",
      why="8 KiB stay behind with every client that leaves",
      edits=[("    std::error_code error;\n    while (true) {\n        std::size_t bytes = 0;\n",
              "    std::error_code error;\n    std::fill_n(new char[8192], 8192, 'x');\n    while (true) {\n"
              "        std::size_t bytes = 0;\n"),
             ("#include <array>\n", "#include <algorithm>\n#include <array>\n")])
wrong("accept-stops-after-error", requirement="goes-on", cause="Nobody is accepted any more after accept() has failed",
      caught="step02.serves-again",
      why="the accept loop ends when accept() fails once",
      edits=[("            co_await net::async_pause(acceptor);\n            continue;\n", "            co_return;\n")])

# And more of the kind.
wrong("a-buffer-for-each", requirement="idle-is-cheap", cause="Each connection holds a big buffer",
      caught="step02.idle-connections",
      why="each connection has a buffer of 64 KiB",
      edits=[("    wire::LineBuffer lines{block, max_line};\n    std::array<char, 512> first;\n",
              "    wire::LineBuffer lines{block, max_line};\n    std::array<char, 65536> first{};\n")])
wrong("block-kept-while-waiting", requirement="idle-is-cheap", cause="Each connection holds a big buffer",
      caught="step02.idle-connections",
      why="each connection has a block of its own",
      edits=[("    wire::LineBuffer lines{block, max_line};\n",
              "    static_cast<void>(block);\n    wire::LineBuffer lines{max_line};\n    lines.prepare();\n")])
wrong("half-of-a-reply", requirement="as-before", caught="echo-pipeline-long",
      why="what the kernel does not take at once is not sent",
      edits=[(ANSWER, "            socket.write_some(asio::buffer(run.text), error);\n"
                      "            if (error && error != asio::error::would_block) co_return;\n")])
wrong("too-long-is-cut", requirement="as-before", caught="echo-far-too-long",
      why="behind the answer to a line that is too long the connection is cut",
      edits=[("            co_return co_await net::async_close_gently(socket);\n",
              """            socket.set_option(asio::socket_base::linger(true, 0), error);
            co_return;
""")])
wrong("too-long-in-silence", requirement="as-before", cause="line_too_long", caught="echo-too-long",
      why="nothing is said of a line that is too long",
      edits=[("            co_await net::async_send(socket, wire::error_line_too_long().text + '\\n');\n", "")])
