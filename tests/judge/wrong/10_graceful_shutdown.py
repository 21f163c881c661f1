DRAIN = """        const auto deadline = std::chrono::steady_clock::now() + options.drain_timeout;
        server.drain();
        queue.close();
        if (!workers.wait_until(deadline)) {
            queue.abandon();
            options.work.abandon();
        }
        server.finish(deadline);
"""
ANSWER = """        counters.dropped();
        return pushed == flow::Push::full ? wire::rejected_server_busy() : wire::rejected_shutting_down();
"""

# What passed once.
wrong("joined-instead", requirement="deadline", cause="somebody waits for workers without a limit",
      caught="step10.deadline",
      why="the workers are joined, however long that takes",
      edits=[("""        if (!workers.wait_until(deadline)) {
            queue.abandon();
            options.work.abandon();
        }
        server.finish""", """        workers.join();
        server.finish""")])
wrong("stopped-instead", requirement="no-reply-is-missing", cause="replies came before the connection ended",
      caught="step10.no-reply-is-missing",
      why="server.stop() instead of finish: replies that were ready are not sent",
      edits=[("        server.finish(deadline);\n", "        server.stop();\n")])
wrong("always-busy", requirement="shutting-down", cause="With the queue full nobody was told shutting_down",
      caught="step10.shutting-down",
      why="events that come too late are told server_busy",
      edits=[("pushed == flow::Push::full ? wire::rejected_server_busy() : wire::rejected_shutting_down()",
              "wire::rejected_server_busy()")])

# The zoo's.
wrong("drain-skipped", requirement="accepted-is-done", cause="accepted events still waited",
      caught="step10.nothing-accepted-is-lost",
      why="what is queued is thrown away",
      edits=[("        queue.close();\n", "        queue.abandon();\n")])
wrong("accepts-while-draining", requirement="accepted-is-done", cause="accepted events still waited",
      caught="step10.nothing-accepted-is-lost",
      why="events that come during the drain are accepted and dropped",
      edits=[("        if (pushed == flow::Push::ok) return wire::accepted();\n",
              "        if (pushed != flow::Push::full) return wire::accepted();\n")])
wrong("drain-that-hangs", requirement="leaves", caught="step10.leaves-in-time",
      why="the queue is not closed: the workers sleep on",
      edits=[("        queue.close();\n        if (!workers.wait_until(deadline)) {\n            queue.abandon();\n"
              "            options.work.abandon();\n        }\n",
              "        while (!workers.wait_until(std::chrono::steady_clock::now() + std::chrono::seconds{1})) {\n"
              "        }\n")])

# And more of the kind.
wrong("never-busy", requirement="busy", caught="step10.busy", why="a full queue is told shutting_down",
      edits=[("pushed == flow::Push::full ? wire::rejected_server_busy() : wire::rejected_shutting_down()",
              "wire::rejected_shutting_down()")])
wrong("answers-the-other-way-round", requirement="busy", caught="step10.busy", why="the two refusals are swapped",
      edits=[("pushed == flow::Push::full ?", "pushed != flow::Push::full ?")])
wrong("closed-not-waited-for", requirement="accepted-is-done", cause="accepted events still waited",
      caught="step10.nothing-accepted-is-lost",
      why="nobody waits for the workers",
      edits=[("        if (!workers.wait_until(deadline)) {\n            queue.abandon();\n"
              "            options.work.abandon();\n        }\n", "")])
wrong("dropped-not-counted", requirement="counted", cause="and the last line says", caught="step10.counted",
      why="what is refused is not counted as dropped",
      edits=[("        counters.dropped();\n        return pushed", "        return pushed")])
wrong("received-not-counted", requirement="counted", cause="and the last line says", caught="step10.counted",
      why="late events are not counted as dropped",
      edits=[("        counters.dropped();\n        return pushed",
              "        if (pushed == flow::Push::full) counters.dropped();\n        return pushed")])
wrong("no-drain", requirement="accepted-is-done", cause="accepted events still waited",
      caught="step10.nothing-accepted-is-lost",
      why="the server stops at once",
      edits=[(DRAIN, "        queue.abandon();\n        options.work.abandon();\n        server.stop();\n")])
wrong("never-finishes", requirement="leaves", caught="step10.leaves-in-time", why="the connections are never ended",
      edits=[("        server.finish(deadline);\n", "")])
wrong("finished-first", requirement="shutting-down", caught="step10.shutting-down",
      why="the connections are ended first: nobody is left to tell",
      edits=[("        server.drain();\n        queue.close();\n",
              "        server.drain();\n        server.finish(deadline);\n        queue.close();\n"),
             ("            options.work.abandon();\n        }\n        server.finish(deadline);\n",
              "            options.work.abandon();\n        }\n")])
wrong("work-goes-on", requirement="deadline", cause="somebody waits for workers without a limit",
      caught="step10.deadline",
      why="at the deadline the work under way is not abandoned",
      edits=[("            options.work.abandon();\n", "")])
wrong("deadline-of-its-own", requirement="deadline", cause="somebody waits for workers without a limit",
      caught="step10.deadline", why="the deadline is not the option's",
      edits=[("options.drain_timeout;", "std::chrono::seconds{30};")])
wrong("waits-on-the-event-loop", requirement="shutting-down", caught="step10.shutting-down",
      why="late events wait with the handler until the drain is over",
      edits=[(ANSWER, """        counters.dropped();
        if (pushed == flow::Push::closed) std::this_thread::sleep_for(std::chrono::seconds{2});
        return pushed == flow::Push::full ? wire::rejected_server_busy() : wire::rejected_shutting_down();
""")])
