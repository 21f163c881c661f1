#include "stream.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "detail/api.hpp"
#include "stream_name.hpp"

namespace station::jetstream {
namespace {

constexpr unsigned kReplicasOfCluster = 3;

struct Names {
    std::string stream;
    std::string subject;
};

Names names_of(const Connection& connection, std::string_view topic) {
    const std::string& prefix = connection.config().prefix;
    return {stream_of(prefix, topic), subject_of(prefix, topic)};
}

log::Result<std::string> ask_stream(const Connection& connection, std::string_view verb, const Names& names,
                                    std::string_view body) {
    auto answer = connection.ask("STREAM." + std::string{verb} + "." + names.stream, body);
    if (!answer) return log::failed(answer.error(), names.stream);
    return std::move(*answer);
}

log::Result<StreamState> make_stream(const Connection& connection, const Names& names, unsigned replicas,
                                     std::uint64_t base) {
    const auto answer =
        ask_stream(connection, "CREATE", names, stream_config(names.stream, names.subject, replicas, base));
    if (!answer) return tl::unexpected(answer.error());
    return parse_stream(*answer, names.stream);
}

// A server that is alone says so by this, and by nothing else that is easier to ask for.
bool is_no_cluster(const log::Error& error) {
    return error.code == Errc::refused && error.where.find("non-clustered") != std::string::npos;
}

}  // namespace

log::Result<StreamState> open_stream(const Connection& connection, std::string_view topic, const StreamWish& wish) {
    const Names names = names_of(connection, topic);
    if (!log::is_topic_name(topic)) return log::failed(log::Errc::bad_topic_name, topic);
    const auto answer = ask_stream(connection, "INFO", names, "");
    if (!answer) return tl::unexpected(answer.error());
    auto found = parse_stream(*answer, names.stream);
    if (found) {
        const std::string difference = stream_difference(*answer, names.subject, wish.replicas);
        if (!difference.empty()) return log::failed(Errc::other_settings, names.stream + ": " + difference);
        return found;
    }
    if (found.error().code != Errc::no_stream || !wish.make) return found;
    auto made = make_stream(connection, names, wish.replicas.value_or(kReplicasOfCluster), wish.base);
    if (!made && !wish.replicas && is_no_cluster(made.error())) return make_stream(connection, names, 1, wish.base);
    return made;
}

log::Result<StreamState> stream_state(const Connection& connection, std::string_view topic) {
    const Names names = names_of(connection, topic);
    const auto answer = ask_stream(connection, "INFO", names, "");
    if (!answer) return tl::unexpected(answer.error());
    return parse_stream(*answer, names.stream);
}

log::Result<std::vector<NamedStream>> list_streams(const Connection& connection) {
    std::vector<NamedStream> all;
    std::size_t seen = 0;
    while (true) {
        const auto answer = connection.ask("STREAM.LIST", R"({"offset":)" + std::to_string(seen) + "}");
        if (!answer) return log::failed(answer.error(), "streams");
        auto page = parse_stream_page(*answer, connection.config().prefix);
        if (!page) return tl::unexpected(page.error());
        std::move(page->streams.begin(), page->streams.end(), std::back_inserter(all));
        seen += page->count;
        if (page->count == 0 || seen >= page->total) break;
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.topic < b.topic; });
    return all;
}

}  // namespace station::jetstream
