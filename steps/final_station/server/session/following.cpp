#include "following.hpp"

#include <algorithm>
#include <station/log/topic_pattern.hpp>
#include <utility>

namespace station::final_station {
namespace {

constexpr int kLookedAtOnce = 256;  // topics that don't fit, before others have their turn

bool any_fits(const std::vector<std::string>& patterns, const engine::Topic& topic) {
    return std::ranges::any_of(patterns, [&](const std::string& one) {
        return log::matches(one, topic.name()) && !(topic.is_ledger() && log::has_wildcard(one));
    });
}

std::size_t bytes_of(const auto& texts) {
    std::size_t bytes = 0;
    for (const std::string& text : texts) bytes += sizeof(text) + text.size();
    return bytes;
}

}  // namespace

bool Following::add(const Control& control, EventForm form) {
    Request request;
    for (const std::string& one : control.topics) {
        const bool is_pattern = log::has_wildcard(one) || !control.make;
        if (!is_pattern) request.names.push_back(one);
        const bool is_new = std::ranges::find(request.patterns, one) == request.patterns.end();
        if (is_pattern && is_new) request.patterns.push_back(one);
    }
    std::size_t others = 0;
    for (const Request& earlier : requests_) {
        others += static_cast<std::size_t>(std::ranges::count_if(earlier.patterns, [&](const std::string& pattern) {
            return std::ranges::find(request.patterns, pattern) == request.patterns.end();
        }));
    }
    if (others + request.patterns.size() > kMostPatterns) return false;
    request.from = control.from;
    request.offsets = control.offsets;
    request.terms = std::make_shared<const Terms>(Terms{form, control.ref});
    requests_.reserve(requests_.size() + 1);
    for (const std::string& pattern : request.patterns) remove(pattern);
    requests_.push_back(std::move(request));
    count();
    return true;
}

bool Following::remove(std::string_view pattern) {
    bool found = false;
    for (Request& request : requests_) found = std::erase(request.patterns, pattern) > 0 || found;
    std::erase_if(requests_, [](const Request& one) { return one.patterns.empty() && !one.beginning; });
    count();
    return found;
}

bool Following::has_patterns() const {
    return std::ranges::any_of(requests_, [](const Request& one) { return !one.patterns.empty(); });
}

std::optional<Following::Next> Following::next(const Topics& topics) {
    looks_on_ = false;
    for (std::size_t index = 0; index < requests_.size() && !looks_on_; ++index) {
        if (auto found = next_of(index, topics)) return found;
    }
    const auto is_done = [](const Request& one) { return one.patterns.empty() && !one.beginning; };
    if (std::erase_if(requests_, is_done) > 0) count();
    return std::nullopt;
}

std::optional<Following::Next> Following::next_of(std::size_t index, const Topics& topics) {
    Request& request = requests_[index];
    while (!request.names.empty()) {
        std::string name = std::move(request.names.front());
        request.names.pop_front();
        if (!request.passed.insert(name).second) continue;
        const log::StartFrom from = start_of(request, name, false);
        return Next{std::move(name), std::nullopt, false, from, request.terms};
    }
    if (!request.present) request.present = topics.latest();
    for (int looked = 0; !request.patterns.empty(); ++looked) {
        const auto came = topics.next(request.seen);
        if (!came) break;
        if (request.beginning && came->number > *request.present) settle(request);
        looks_on_ = looked == kLookedAtOnce;
        if (looks_on_) return std::nullopt;
        request.seen = came->number;
        if (!brings_in(index, came->topic)) continue;
        const log::StartFrom from = start_of(request, came->topic.name(), !request.beginning);
        return Next{{}, came->topic, !request.beginning, from, request.terms};
    }
    settle(request);
    return std::nullopt;
}

bool Following::brings_in(std::size_t index, const engine::Topic& topic) const {
    const Request& request = requests_[index];
    if (!any_fits(request.patterns, topic)) return false;
    if (request.passed.contains(topic.name())) return false;
    const auto later = requests_.begin() + static_cast<std::ptrdiff_t>(index) + 1;
    return std::none_of(later, requests_.end(), [&](const Request& one) { return any_fits(one.patterns, topic); });
}

// "Now" was before a topic that was made later: all of it has come since.
log::StartFrom Following::start_of(const Request& request, std::string_view name, bool later) const {
    const auto known = request.offsets.find(name);
    if (known != request.offsets.end()) return log::StartFrom::offset(known->second);
    const auto from = request.from.value_or(log::StartFrom::now());
    return later && !from.target() ? log::StartFrom::beginning() : from;
}

// What was there has come in: names and offsets were about that.
void Following::settle(Request& request) {
    if (!std::exchange(request.beginning, false)) return;
    request.passed = {};
    request.offsets = {};
    count();
}

void Following::count() {
    kept_ = 0;
    for (const Request& one : requests_) {
        kept_ += sizeof(one) + bytes_of(one.names) + bytes_of(one.passed) + bytes_of(one.patterns);
        kept_ += one.offsets.size() * 96 + one.terms->ref.size();
    }
}

}  // namespace station::final_station
