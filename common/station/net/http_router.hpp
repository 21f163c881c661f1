// Which handler answers a request: a table of methods and patterns of paths. A pattern is a path whose segments are
// words or names in braces, "/rooms/{room}/messages"; a name takes one segment that is not empty, and a word goes
// before a name. What is registered for GET answers HEAD, too.
//
// No I/O, and nothing known of handlers. Registered once, before it is used; then any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::net {

// What stood in the place of a pattern's names, percent-decoded: in a segment "%2F" is a slash like any other.
class PathParameters {
  public:
    void add(std::string_view name, std::string value) { values_.emplace_back(name, std::move(value)); }
    // A name that the pattern has.
    const std::string& at(std::string_view name) const;

  private:
    std::vector<std::pair<std::string_view, std::string>> values_;
};

class HttpRouteTable {
  public:
    struct Found {
        std::optional<std::size_t> route;  // empty: 405 where the path has methods, else 404
        std::string allow;                 // the path's methods, as the header wants them: "GET, HEAD, POST"
        PathParameters parameters;
    };

    // The number of the route, counted from 0. Each pattern has each method once.
    std::size_t add(std::string_view method, std::string_view pattern);
    // `raw_path` as it was sent, without its query.
    Found find(std::string_view method, std::string_view raw_path) const;

  private:
    struct Pattern {
        std::string text;
        std::vector<std::string_view> segments;                  // of `text`
        std::map<std::string, std::size_t, std::less<>> routes;  // by method
    };

    static bool goes_before(const Pattern& a, const Pattern& b);
    static bool matches(const Pattern& pattern, const std::vector<std::string>& path);

    std::vector<std::unique_ptr<Pattern>> patterns_;  // the first that matches is the right one
    std::size_t size_ = 0;
};

template <typename Handler>
class HttpRouter {
  public:
    struct Match {
        const Handler* handler = nullptr;  // nullptr: `status` says why, 404 or 405
        int status = 404;
        std::string allow;  // for 405, and for a browser's question (OPTIONS); empty with 404
        PathParameters parameters;
    };

    void add(std::string_view method, std::string_view pattern, Handler handler) {
        table_.add(method, pattern);
        handlers_.push_back(std::move(handler));
    }

    Match match(std::string_view method, std::string_view raw_path) const {
        HttpRouteTable::Found found = table_.find(method, raw_path);
        Match result;
        result.handler = found.route ? &handlers_[*found.route] : nullptr;
        result.status = found.route ? 200 : found.allow.empty() ? 404 : 405;
        result.allow = std::move(found.allow);
        result.parameters = std::move(found.parameters);
        return result;
    }

  private:
    HttpRouteTable table_;
    std::vector<Handler> handlers_;
};

}  // namespace station::net
